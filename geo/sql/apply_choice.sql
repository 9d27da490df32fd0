-- Take over what was chosen; a community for which nothing changed is left alone.
update geo_community community
set name = choice.name, address = choice.address, households = choice.households, buildings = choice.buildings,
    build_year = choice.build_year, price_tier = choice.price_tier, point = choice.point,
    boundary = choice.boundary, chosen = choice.chosen, region_id = place.region_id,
    district_id = place.district_id, city_id = place.city_id, region_path = place.region_path,
    point_display = place.point_display, boundary_display = place.boundary_display, updated_at = now()
from choice
join choice_place place using (community_id)
where community.id = choice.community_id
  and (
    community.name, community.address, community.households, community.buildings, community.build_year,
    community.price_tier, community.point, community.boundary, community.chosen, community.region_id,
    community.district_id, community.city_id, community.region_path, community.point_display,
    community.boundary_display
  ) is distinct from (
    choice.name, choice.address, choice.households, choice.buildings, choice.build_year, choice.price_tier,
    choice.point, choice.boundary, choice.chosen, place.region_id, place.district_id, place.city_id,
    place.region_path::varchar, place.point_display, place.boundary_display
  )
