-- Communities take over the path of their region after regions moved in the tree.
update geo_community community
set region_path = region.path
from geo_region region
where region.id = community.region_id and community.region_path <> region.path
