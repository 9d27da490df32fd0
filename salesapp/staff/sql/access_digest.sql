-- Of the access entries above one number up to another: how many, the earliest time, and SHA-256 over their lines in
-- the order of their numbers. A line says every column; texts in hex, so that none can look like two.
-- Parameters: after, last.
select count(*), min(e.at),
       sha256(convert_to(coalesce(string_agg(
           concat_ws('|', e.id, e.employee_id, coalesce(e.store_id::text, ''),
               (extract(epoch from e.at) * 1000000)::bigint,
               coalesce(e.member_id::text, ''), coalesce(e.thousand::text, ''),
               encode(e.address_hash, 'hex'), encode(convert_to(e.reason, 'UTF8'), 'hex'),
               encode(convert_to(e.search, 'UTF8'), 'hex')),
           E'\n' order by e.id), ''), 'UTF8'))
from staff_accessentry e
where e.id > %(after)s and e.id <= %(last)s
