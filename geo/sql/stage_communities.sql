-- The accepted rows of one file, shaped like geo_communitysource, and where each belongs.
create temporary table community_stage (
    line bigint primary key,
    source_key text not null,
    name text not null,
    city_label text not null,
    district_label text not null,
    address text not null,
    households integer,
    buildings integer,
    build_year smallint,
    price_tier smallint,
    raw_x double precision,
    raw_y double precision,
    raw_crs text not null,
    point geometry(Point, 4326),
    boundary geometry(MultiPolygon, 4326),
    raw jsonb not null
) on commit drop;
create temporary table community_home (
    line bigint primary key,
    community_id bigint not null,
    city_id bigint not null,
    is_new boolean not null
) on commit drop
