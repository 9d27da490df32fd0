-- The whole tree without its geometries: id, code, level, name, parent, a hash of both boundaries, their CRS.
-- The hash is what geo/actions/import_regions.py computes of a file's boundaries, so that equal ones are
-- recognised without fetching them.
select
    id, code, level, name, parent_id,
    coalesce(md5(ST_AsBinary(boundary, 'NDR') || ST_AsBinary(boundary_display, 'NDR')), ''),
    boundary_crs
from geo_region
