-- Staged rows that the source told of before: line, row id, community, whether nothing changed, and of a
-- changed one the name and city it had and how many rows its community has. Parameter: source.
select
    stage.line, known.id, known.community_id, same.is_same, known.name, known.city_label,
    case when same.is_same then 0 else (
        select count(*) from geo_communitysource sibling where sibling.community_id = known.community_id
    ) end
from community_stage stage
join geo_communitysource known on known.source_id = %s and known.source_key = stage.source_key
cross join lateral (
    select (
        known.name, known.city_label, known.district_label, known.address, known.households, known.buildings,
        known.build_year, known.price_tier, known.raw_x, known.raw_y, known.raw_crs, known.point, known.boundary,
        known.raw
    ) is not distinct from (
        stage.name::varchar, stage.city_label::varchar, stage.district_label::varchar, stage.address::varchar,
        stage.households, stage.buildings, stage.build_year, stage.price_tier, stage.raw_x, stage.raw_y,
        stage.raw_crs::varchar, stage.point, stage.boundary, stage.raw
    ) as is_same
) same
