-- Communities under a path by a part of one of their names: those that begin with it first, then the shorter names.
-- Parameters: path (the reader's scope), key (the comparable form of what was typed), most.
with named as (
    select name.community_id,
           bool_or(starts_with(name.key, %(key)s::text)) as begins
    from geo_communityname name
    join geo_community community on community.id = name.community_id
    where strpos(name.key, %(key)s::text) > 0
      and community.region_path like %(path)s::text || '%%'
    group by name.community_id
)
select community.id, community.name, region.name,
       st_x(st_transform(community.point_display, 4326)), st_y(st_transform(community.point_display, 4326))
from named
join geo_community community on community.id = named.community_id
join geo_region region on region.id = community.region_id
order by named.begins desc, length(community.name), community.name, community.id
limit %(most)s::int
