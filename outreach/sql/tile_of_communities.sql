-- One vector tile from zoom 11 up, from 9 for who sees one district: communities with the protected figures of one
-- category.
-- Reads published statistics only, never members. Parameters: z, x, y, category (id), path (the reader's scope),
-- most (features at most; the strongest stay, and layer left_out tells how many did not), all_named_from (the zoom
-- from which every community has its name and its households), named (how many of the strongest have them before:
-- names are most of a tile's bytes, and on a screen of thousands there is room for a few).
with tile as (
    select st_tileenvelope(%(z)s, %(x)s, %(y)s) as box,
           -- 64 of 4096 units around the tile, so that circles on the edge are drawn whole on both sides
           st_tileenvelope(%(z)s, %(x)s, %(y)s, margin => 64.0 / 4096) as reach
),
inside as materialized (
    select c.id, c.name, c.households, s.potential_buyers as potential, s.coverage,
           st_asmvtgeom(c.point_display, tile.box, 4096, 64) as geom
    from tile
    join geo_community c on c.point_display && tile.reach
    left join members_communitystat s on s.community_id = c.id and s.category_id = %(category)s
    where c.region_path like %(path)s || '%%'
),
ranked as (
    select *, row_number() over (order by potential desc nulls last, id) as place from inside
),
shown as (
    select id, potential, coverage, geom,
           case when %(z)s >= %(all_named_from)s or place <= %(named)s then name end as name,
           case when %(z)s >= %(all_named_from)s or place <= %(named)s then households end as households
    from ranked
    where place <= %(most)s
    order by place
),
outlined as (
    select c.id, st_asmvtgeom(c.boundary_display, tile.box, 4096, 64) as geom
    from tile
    join geo_community c on c.boundary_display && tile.reach
    where %(z)s >= 14 and c.region_path like %(path)s || '%%'
    limit %(most)s
),
district as (
    select r.id, r.name,
           st_asmvtgeom(st_simplify(r.boundary_display, 40075016.7 / (2 ^ %(z)s) / 4096), tile.box, 4096, 64) as geom
    from tile
    join geo_region r on r.boundary_display && tile.reach
    where (r.level = 'district' or (r.level = 'area' and r.path = %(path)s)) and r.path like %(path)s || '%%'
),
-- where the districts' names stand
district_label as (
    select r.id, r.name, st_asmvtgeom(r.centre_display, tile.box, 4096, 64) as geom
    from tile
    join geo_region r on r.boundary_display && tile.reach
    where (r.level = 'district' or (r.level = 'area' and r.path = %(path)s)) and r.path like %(path)s || '%%'
),
left_out as (
    select count(*) - %(most)s as communities, st_asmvtgeom(st_centroid(tile.box), tile.box, 4096, 64) as geom
    from inside, tile
    group by tile.box
    having count(*) > %(most)s
)
select coalesce((select st_asmvt(district, 'districts', 4096, 'geom', 'id') from district), '')
    || coalesce((select st_asmvt(district_label, 'district_labels', 4096, 'geom', 'id') from district_label), '')
    || coalesce((select st_asmvt(outlined, 'outlines', 4096, 'geom', 'id') from outlined), '')
    || coalesce((select st_asmvt(shown, 'communities', 4096, 'geom', 'id') from shown), '')
    || coalesce((select st_asmvt(left_out, 'left_out', 4096, 'geom') from left_out), '')
