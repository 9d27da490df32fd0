-- Figures as a town of this many communities would have them, in place of those of its few members: a share of the
-- households by category and luck, protected as ever. The random numbers are the same in every run.

-- Every community and category
with made as (
    select stat.community_id, stat.category_id, community.households,
           protected_count(round(community.households * (0.04 + 0.30 * power(one.luck, 2)))::bigint) as owners,
           protected_count(round(community.households * 0.12 * power(two.luck, 3))::bigint) as buyers,
           protected_count(round(community.households * 0.4)::bigint) as members
    from members_communitystat stat
    join geo_community community on community.id = stat.community_id
    cross join lateral (
        select (hashint8(stat.community_id * 100 + stat.category_id) & 65535) / 65536.0 as luck
    ) one
    cross join lateral (
        select (hashint8(stat.community_id * 100 + stat.category_id + 50) & 65535) / 65536.0 as luck
    ) two
)
update members_communitystat stat
set members = made.members, owning_households = made.owners, potential_buyers = made.buyers,
    coverage = round(100.0 * made.owners / nullif(made.households, 0))
from made
where stat.community_id = made.community_id and stat.category_id = made.category_id;

-- Every region and category
with made as (
    select region.id as region_id, stat.category_id,
           coalesce(sum(stat.members), 0) as members, coalesce(sum(stat.owning_households), 0) as owners,
           coalesce(sum(stat.potential_buyers), 0) as buyers, coalesce(sum(community.households), 0) as households
    from geo_region region
    join geo_community community on starts_with(community.region_path, region.path)
    join members_communitystat stat on stat.community_id = community.id
    group by region.id, stat.category_id
)
update members_regionstat stat
set members = made.members, owning_households = made.owners, potential_buyers = made.buyers,
    coverage = round(100.0 * made.owners / nullif(made.households, 0))
from made
where stat.region_id = made.region_id and stat.category_id = made.category_id;
