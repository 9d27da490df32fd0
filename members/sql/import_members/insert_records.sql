-- Parameters: system, moment.
insert into members_sourcerecord (id, system, record_key, received_at, digest, payload)
select resolved.record_id, %s, row.record_key, %s, row.digest, row.payload
from members_resolved resolved
join members_in row using (line)
where resolved.is_new_record
order by row.record_id
