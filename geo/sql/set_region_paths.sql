-- The path of every region from its parents: the ids from the root down, each followed by a dot.
with recursive tree (id, path) as (
    select id, id || '.' from geo_region where parent_id is null
    union all
    select region.id, tree.path || region.id || '.' from geo_region region join tree on region.parent_id = tree.id
)
update geo_region region
set path = tree.path
from tree
where tree.id = region.id and region.path <> tree.path
