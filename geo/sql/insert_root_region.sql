-- The country under which regions hang whose parent is not known. Parameters: id, code, name.
insert into geo_region (id, code, name, level, path, boundary_crs) values (%s, %s, %s, 'country', '', '')
