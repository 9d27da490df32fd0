-- One vector tile up to zoom 10, or 8 for who sees one alone: districts with the sums of their communities' protected figures.
-- A reader whose region lies below a district gets that region instead, never the district around it.
-- Parameters: z, x, y, category (id), path (the reader's scope).
with tile as (
    select st_tileenvelope(%(z)s, %(x)s, %(y)s) as box,
           st_tileenvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096) as reach
),
seen as materialized (
    select r.id, r.name, r.boundary_display, r.centre_display,
           -- where no community is known there is nothing to count: absent, not 0
           s.communities, s.households, s.coverage,
           case when s.communities > 0 then s.potential_buyers end as potential
    from tile
    join geo_region r on r.boundary_display && tile.reach
    left join members_regionstat s on s.region_id = r.id and s.category_id = %(category)s
    where (r.level = 'district' or (r.level = 'area' and r.path = %(path)s)) and r.path like %(path)s || '%%'
),
shape as (
    -- simplified before it is cut: at low zooms that is most of the cost
    select id, name, communities, households, potential, coverage,
           st_asmvtgeom(
               st_simplify(boundary_display, 40075016.7 / (2 ^ %(z)s) / 4096, true), tile.box, 4096, 64
           ) as geom
    from seen, tile
),
label as (
    select id, name, communities, households, potential, coverage,
           st_asmvtgeom(centre_display, tile.box, 4096, 64) as geom
    from seen, tile
    where communities > 0
)
select coalesce((select st_asmvt(shape, 'districts', 4096, 'geom', 'id') from shape), '')
    || coalesce((select st_asmvt(label, 'district_labels', 4096, 'geom', 'id') from label), '')
