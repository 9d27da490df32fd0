-- The box, in the map's own metres, around the districts and smaller regions under a path that hold communities; where
-- none has a boundary, around the communities' points. Parameters: path (the reader's scope).
--
-- One community is enough to know that there are some. Written as sub-selects with a limit, and a district's by its
-- path's range, because each is then one look into an index; asked with EXISTS, all communities would be read.
with held as (
    select st_extent(region.boundary_display) as box
    from geo_region region
    where region.path like %(path)s::text || '%%'
      and (
          (select true from geo_community community where community.region_id = region.id limit 1)
          or (
              region.level = 'district'
              and (
                  select true from geo_community community
                  where community.region_path ~>=~ region.path
                    and community.region_path ~<~ (rtrim(region.path, '.') || '/') -- the sign after the dot
                  limit 1
              )
          )
      )
)
select st_xmin(box), st_ymin(box), st_xmax(box), st_ymax(box)
from (
    select coalesce(
        (select box from held),
        (select st_extent(point_display) from geo_community where region_path like %(path)s::text || '%%')
    ) as box
) found
