-- New and changed regions of one file, on their way into geo_region.
create temporary table region_stage (
    id bigint primary key,
    code text not null,
    level text not null,
    name text not null,
    parent_id bigint,
    boundary geometry(MultiPolygon, 4326),
    boundary_display geometry(MultiPolygon, 3857),
    centre_display geometry(Point, 3857),
    boundary_crs text not null
) on commit drop
