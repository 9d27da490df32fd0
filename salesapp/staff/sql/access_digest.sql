-- Of the access entries above one number up to another: how many, the earliest time, and SHA-256 over their lines in
-- the order of their numbers. A line says every column; texts in hex, so that none can look like two.
-- Then, of those that lie in none of the tables that go: their lines in that order, and the earliest time.
-- Parameters: after, last; goes (oid[]), NULL where none does and the last two columns are not asked for.
select count(*), min(e.at), sha256(convert_to(coalesce(string_agg(e.line, E'\n' order by e.id), ''), 'UTF8')),
       array_agg(e.line order by e.id) filter (where e.tableoid <> all(%(goes)s::oid[])),
       min(e.at) filter (where e.tableoid <> all(%(goes)s::oid[]))
from (
    select id, at, tableoid,
           concat_ws('|', id, employee_id, coalesce(store_id::text, ''),
               (extract(epoch from at) * 1000000)::bigint,
               coalesce(member_id::text, ''), coalesce(thousand::text, ''),
               encode(address_hash, 'hex'), encode(convert_to(reason, 'UTF8'), 'hex'),
               encode(convert_to(search, 'UTF8'), 'hex')) as line
    from staff_accessentry
    where id > %(after)s and id <= %(last)s
) e
