-- The best row for each value of each community: facts and points each from sources trusted for them, the
-- lowest rank first, then the oldest row. A source that is not trusted for facts still names a community and
-- its district where no other does.
create temporary table choice on commit drop as
with told as (
    select
        row.*, source.trusts_facts, source.trusts_points, label.city_id, label.district_id,
        row_number() over (partition by row.community_id order by source.rank, row.id) as place
    from geo_communitysource row
    join choice_community using (community_id)
    join geo_placesource source on source.id = row.source_id
    join choice_label label on label.city_label = row.city_label and label.district_label = row.district_label
),
best as (
    select
        community_id,
        (array_agg(id order by trusts_facts desc, place))[1] as name,
        (array_agg(id order by place) filter (where trusts_facts and address <> ''))[1] as address,
        (array_agg(id order by place) filter (where trusts_facts and households is not null))[1] as households,
        (array_agg(id order by place) filter (where trusts_facts and buildings is not null))[1] as buildings,
        (array_agg(id order by place) filter (where trusts_facts and build_year is not null))[1] as build_year,
        (array_agg(id order by place) filter (where trusts_facts and price_tier is not null))[1] as price_tier,
        (array_agg(id order by place) filter (where trusts_points and point is not null))[1] as point,
        (array_agg(id order by place) filter (where trusts_points and boundary is not null))[1] as boundary,
        (array_agg(city_id order by trusts_facts desc, place) filter (where city_id is not null))[1] as city_id,
        (array_agg(district_id order by trusts_facts desc, place) filter (where district_id is not null))[1]
            as district_id
    from told
    group by community_id
)
select
    best.community_id, best.city_id, best.district_id,
    name.name,
    address.address,
    households.households,
    buildings.buildings,
    build_year.build_year,
    price_tier.price_tier,
    point.point,
    boundary.boundary,
    jsonb_strip_nulls(jsonb_build_object(
        'name', best.name, 'address', best.address, 'households', best.households, 'buildings', best.buildings,
        'build_year', best.build_year, 'price_tier', best.price_tier, 'point', best.point, 'boundary', best.boundary
    )) as chosen
from best
join geo_communitysource name on name.id = best.name
left join geo_communitysource address on address.id = best.address
left join geo_communitysource households on households.id = best.households
left join geo_communitysource buildings on buildings.id = best.buildings
left join geo_communitysource build_year on build_year.id = best.build_year
left join geo_communitysource price_tier on price_tier.id = best.price_tier
left join geo_communitysource point on point.id = best.point
left join geo_communitysource boundary on boundary.id = best.boundary;

-- A value that was entered by hand (no source row is on record for it) stays until a source tells one.
update choice
set address = coalesce(choice.address, case when not community.chosen ? 'address' then community.address end, ''),
    households = coalesce(
        choice.households, case when not community.chosen ? 'households' then community.households end),
    buildings = coalesce(choice.buildings, case when not community.chosen ? 'buildings' then community.buildings end),
    build_year = coalesce(
        choice.build_year, case when not community.chosen ? 'build_year' then community.build_year end),
    price_tier = coalesce(
        choice.price_tier, case when not community.chosen ? 'price_tier' then community.price_tier end),
    point = coalesce(choice.point, case when not community.chosen ? 'point' then community.point end),
    boundary = coalesce(choice.boundary, case when not community.chosen ? 'boundary' then community.boundary end),
    city_id = coalesce(choice.city_id, community.city_id),
    district_id = coalesce(choice.district_id, case when choice.city_id is null then community.district_id end)
from geo_community community
where community.id = choice.community_id
