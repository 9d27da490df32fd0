-- Community and region statistics, set-wise. Fills members_communitycount_new, members_communitystat_new and
-- members_regionstat_new.
--
-- Parameters: potential_buyer_from (smallint, the need level from which a member counts as a potential buyer).
-- Every count passes steady_count() and protected_count(); all that follows is made of protected counts.

-- Members of each community
create temporary table stat_members as
select community_id, count(*) as members
from members_member
where community_id is not null and erased_at is null and merged_into is null
group by community_id;

-- Households that own something of the category
create temporary table stat_owners as
select community_id, category_id, count(*) as owning_households
from (
    select distinct community_id, category_id, household
    from members_purchase
    where community_id is not null
) owned
group by community_id, category_id;

-- Potential buyers; who has refused profiling since the needs were scored counts no more
create temporary table stat_buyers as
select member.community_id, need.category_id, count(*) as potential_buyers
from members_need need
join members_member member on member.id = need.member_id
where need.level >= %(potential_buyer_from)s::smallint
  and member.community_id is not null
  and member.erased_at is null
  and member.merged_into is null
  and not member.refuses_profiling
group by member.community_id, need.category_id;

analyze stat_members, stat_owners, stat_buyers;

-- What is counted from now on: as before, until it has moved by 5. A figure that was never published begins as it is.
insert into members_communitycount_new (community_id, category_id, members, owning_households, potential_buyers)
select *
from (
    select
        community.id, category.id,
        steady_count(known.members, before.members, stat.community_id is not null) as members,
        steady_count(owned.owning_households, before.owning_households, stat.community_id is not null) as owners,
        steady_count(buyers.potential_buyers, before.potential_buyers, stat.community_id is not null) as buyers
    from geo_community community
    cross join members_category category
    left join stat_members known on known.community_id = community.id
    left join stat_owners owned on owned.community_id = community.id and owned.category_id = category.id
    left join stat_buyers buyers on buyers.community_id = community.id and buyers.category_id = category.id
    left join members_communitycount before on before.community_id = community.id and before.category_id = category.id
    left join members_communitystat stat on stat.community_id = community.id and stat.category_id = category.id
) steady
where members > 0 or owners > 0 or buyers > 0;

analyze members_communitycount_new;

-- Figures of every community and category
insert into members_communitystat_new (
    community_id, category_id, members, owning_households, potential_buyers, coverage
)
select
    community.id, category.id, shown.members, shown.owning_households, shown.potential_buyers,
    -- more owners than households: the number of households is wrong, so there is no share to show
    case when shown.owning_households <= community.households
        then round(100.0 * shown.owning_households / nullif(community.households, 0))
    end
from geo_community community
cross join members_category category
left join (
    select
        community_id, category_id, protected_count(members) as members,
        protected_count(owning_households) as owning_households, protected_count(potential_buyers) as potential_buyers
    from members_communitycount_new
) shown on shown.community_id = community.id and shown.category_id = category.id
order by community.id, category.id;

analyze members_communitystat_new;

-- Sums over the smallest regions
create temporary table stat_leaf as
select
    community.region_id, stat.category_id,
    count(*) as communities,
    coalesce(sum(community.households), 0) as households,
    coalesce(sum(stat.members), 0) as members,
    coalesce(sum(stat.owning_households), 0) as owning_households,
    coalesce(sum(stat.potential_buyers), 0) as potential_buyers,
    -- the share is taken where both its parts are known
    coalesce(sum(stat.owning_households) filter (where stat.coverage is not null), 0) as covered,
    coalesce(sum(community.households) filter (
        where community.households >= coalesce(stat.owning_households, 0)
    ), 0) as coverable
from members_communitystat_new stat
join geo_community community on community.id = stat.community_id
group by community.region_id, stat.category_id;

-- Sums over every region and what lies below it
insert into members_regionstat_new (
    region_id, category_id, communities, households, members, owning_households, potential_buyers, coverage
)
select
    region.id, category.id,
    coalesce(sum(leaf.communities), 0), coalesce(sum(leaf.households), 0), coalesce(sum(leaf.members), 0),
    coalesce(sum(leaf.owning_households), 0), coalesce(sum(leaf.potential_buyers), 0),
    round(100.0 * sum(leaf.covered) / nullif(sum(leaf.coverable), 0))
from geo_region region
cross join members_category category
left join (
    select own.id as region_id, above.id::bigint as above_id
    from geo_region own
    cross join lateral unnest(string_to_array(rtrim(own.path, '.'), '.')) above (id)
) lies on lies.above_id = region.id
left join stat_leaf leaf on leaf.region_id = lies.region_id and leaf.category_id = category.id
group by region.id, category.id;

drop table stat_members, stat_owners, stat_buyers, stat_leaf;
