-- Parameters: moment.
update members_sourcerecord record
set received_at = %s, digest = row.digest, payload = row.payload
from members_resolved resolved
join members_in row using (line)
where not resolved.is_new_record and record.id = resolved.record_id
