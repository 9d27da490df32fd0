-- Take over the drawings of regions that are not the ones stored.
update geo_region region
set boundary_display = drawing.shape, centre_display = drawing.place
from drawing
where drawing.kind = 'region' and drawing.id = region.id
  and (region.boundary_display, region.centre_display) is distinct from (drawing.shape, drawing.place)
