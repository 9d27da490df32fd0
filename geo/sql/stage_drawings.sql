-- Drawings of places in the map's own system, as they come: a shape, and the point where its name stands.
create temporary table drawing (
    kind text not null,
    id bigint not null,
    shape geometry(MultiPolygon, 3857),
    place geometry(Point, 3857),
    primary key (kind, id)
)
