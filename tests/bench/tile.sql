-- The floor of a tile: the layers that the product draws (points of communities with the figures of one category,
-- outlines and names of districts, outlines of communities), written as plainly as ST_AsMVT allows. Parameters: z, x, y, category (id).
select (
    select st_asmvt(point, 'communities', 4096, 'geom', 'id')
    from (
        select c.id, c.name, c.households, s.potential_buyers as potential, s.coverage,
               st_asmvtgeom(c.point_display, st_tileenvelope(%(z)s, %(x)s, %(y)s), 4096, 64) as geom
        from geo_community c
        left join members_communitystat s on s.community_id = c.id and s.category_id = %(category)s
        where c.point_display && st_tileenvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096)
    ) point
) || (
    select st_asmvt(outline, 'districts', 4096, 'geom', 'id')
    from (
        select r.id, r.name, st_asmvtgeom(r.boundary_display, st_tileenvelope(%(z)s, %(x)s, %(y)s), 4096, 64) as geom
        from geo_region r
        where r.level = 'district' and r.boundary_display && st_tileenvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096)
    ) outline
) || (
    select st_asmvt(label, 'district_labels', 4096, 'geom', 'id')
    from (
        select r.id, r.name, st_asmvtgeom(r.centre_display, st_tileenvelope(%(z)s, %(x)s, %(y)s), 4096, 64) as geom
        from geo_region r
        where r.level = 'district' and r.boundary_display && st_tileenvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096)
    ) label
) || (
    select coalesce(st_asmvt(boundary, 'outlines', 4096, 'geom', 'id'), '')
    from (
        select c.id, st_asmvtgeom(c.boundary_display, st_tileenvelope(%(z)s, %(x)s, %(y)s), 4096, 64) as geom
        from geo_community c
        where %(z)s >= 14 and c.boundary_display && st_tileenvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096)
    ) boundary
)
