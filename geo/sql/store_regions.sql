-- Write region_stage into the tree. A region that came without a boundary keeps the one it has.
insert into geo_region (id, code, level, name, parent_id, path, boundary, boundary_display, centre_display, boundary_crs)
select id, code, level, name, parent_id, '', boundary, boundary_display, centre_display, boundary_crs
from region_stage
on conflict (id) do update set
    level = excluded.level,
    name = excluded.name,
    parent_id = excluded.parent_id,
    boundary = coalesce(excluded.boundary, geo_region.boundary),
    boundary_display = coalesce(excluded.boundary_display, geo_region.boundary_display),
    centre_display = coalesce(excluded.centre_display, geo_region.centre_display),
    boundary_crs = excluded.boundary_crs
