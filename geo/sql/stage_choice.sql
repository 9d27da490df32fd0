-- Communities to choose values for, what the labels of their rows mean, and where each one lies.
create temporary table choice_community (community_id bigint primary key) on commit drop;
create temporary table choice_label (
    city_label text not null,
    district_label text not null,
    city_id bigint,
    district_id bigint,
    primary key (city_label, district_label)
) on commit drop;
create temporary table choice_place (
    community_id bigint primary key,
    region_id bigint not null,
    district_id bigint,
    city_id bigint,
    region_path text not null,
    point_display geometry(Point, 3857),
    boundary_display geometry(MultiPolygon, 3857)
) on commit drop
