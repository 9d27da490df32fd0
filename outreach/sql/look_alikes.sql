-- Communities under a path that resemble one, by what is published of them: facts, and coverage of every category.
--
-- The distance is a sum of squares, one for each thing that is known of the community asked for. What makes 1:
-- ten years of building, twice the households, one price tier, and ten points of coverage (the mean of the squares
-- over the categories). What is unknown of the other community counts as 1. Resembling is who is at most 1 away in
-- each on average. The facts are compared with all communities, coverage with the nearest `near` of those.
-- Parameters: id, path (the reader's scope), near, most.
with subject as (
    select id, build_year, ln(nullif(households, 0)) / ln(2) as doublings, price_tier,
           num_nonnulls(build_year, nullif(households, 0), price_tier) as facts
    from geo_community
    where id = %(id)s::bigint
),
near as (
    select other.id,
           case when subject.build_year is null then 0
               else coalesce(power((other.build_year - subject.build_year) / 10.0, 2), 1) end
           + case when subject.doublings is null then 0
               else coalesce(power(ln(nullif(other.households, 0)) / ln(2) - subject.doublings, 2), 1) end
           + case when subject.price_tier is null then 0
               else coalesce(power(other.price_tier - subject.price_tier, 2), 1) end as distance
    from subject
    join geo_community other on other.id <> subject.id and other.region_path like %(path)s::text || '%%'
    order by distance, other.id
    limit %(near)s::int
),
profile as (
    select category_id, coverage
    from members_communitystat
    where community_id = %(id)s::bigint and coverage is not null
),
compared as (
    select near.id,
           near.distance + coalesce(
               avg(coalesce(power((stat.coverage - profile.coverage) / 10.0, 2), 1))
                   filter (where profile.category_id is not null),
               0
           ) as distance,
           (select facts from subject) + (count(profile.category_id) > 0)::int as parts
    from near
    left join profile on true
    left join members_communitystat stat on stat.community_id = near.id and stat.category_id = profile.category_id
    group by near.id, near.distance
)
select community.id, community.name, region.name, community.build_year, community.households, community.price_tier,
       st_x(st_transform(community.point_display, 4326)), st_y(st_transform(community.point_display, 4326))
from compared
join geo_community community on community.id = compared.id
join geo_region region on region.id = community.region_id
where compared.parts >= 2 and compared.distance <= compared.parts
order by compared.distance, community.id
limit %(most)s::int
