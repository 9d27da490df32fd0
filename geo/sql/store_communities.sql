-- Write community_stage where community_home says. New communities get a name and a city here and everything
-- else from choose_community_values.sql. Parameters: source.
insert into geo_community (id, name, region_id, city_id, region_path, address, chosen, updated_at)
select distinct on (home.community_id)
    home.community_id, stage.name, home.city_id, home.city_id, city.path, '', '{}', now()
from community_home home
join community_stage stage using (line)
join geo_region city on city.id = home.city_id
where home.is_new
order by home.community_id, home.line;

insert into geo_communitysource (
    source_id, source_key, community_id, name, city_label, district_label, address, households, buildings,
    build_year, price_tier, raw_x, raw_y, raw_crs, point, boundary, raw, imported_at
)
select
    %(source)s, source_key, community_id, name, city_label, district_label, address, households, buildings,
    build_year, price_tier, raw_x, raw_y, raw_crs, point, boundary, raw, now()
from community_stage stage
join community_home home using (line)
order by line
on conflict (source_id, source_key) do update set
    community_id = excluded.community_id,
    name = excluded.name,
    city_label = excluded.city_label,
    district_label = excluded.district_label,
    address = excluded.address,
    households = excluded.households,
    buildings = excluded.buildings,
    build_year = excluded.build_year,
    price_tier = excluded.price_tier,
    raw_x = excluded.raw_x,
    raw_y = excluded.raw_y,
    raw_crs = excluded.raw_crs,
    point = excluded.point,
    boundary = excluded.boundary,
    raw = excluded.raw,
    imported_at = excluded.imported_at
