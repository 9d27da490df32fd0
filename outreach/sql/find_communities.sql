-- Communities under a path by a part of one of their names: those that begin with it first, then the shorter names;
-- with each how many there are in all.
-- Parameters: path (the reader's scope), key (the comparable form of what was typed), most.
with named as (
    select community.id, community.name, community.region_id, community.point_display,
           bool_or(starts_with(name.key, %(key)s::text)) as begins,
           count(*) over () as total
    from geo_communityname name
    join geo_community community on community.id = name.community_id
    where strpos(name.key, %(key)s::text) > 0
      and community.region_path like %(path)s::text || '%%'
    group by community.id
    order by begins desc, length(community.name), community.name, community.id
    limit %(most)s::int
)
select named.id, named.name, region.name,
       st_x(st_transform(named.point_display, 4326)), st_y(st_transform(named.point_display, 4326)),
       named.total
from named
join geo_region region on region.id = named.region_id
order by named.begins desc, length(named.name), named.name, named.id
