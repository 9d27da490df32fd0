-- The generation of the index key that the hashes on file are made with; the first where none was ever changed.
select coalesce(max(generation), 1) from members_indexkey where used_since is not null
