-- Take over the drawings of communities that are not the ones stored.
update geo_community community
set boundary_display = drawing.shape, point_display = drawing.place
from drawing
where drawing.kind = 'community' and drawing.id = community.id
  and (community.boundary_display, community.point_display) is distinct from (drawing.shape, drawing.place)
