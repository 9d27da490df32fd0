-- A record whose number changed leaves the person it was taken for; the row stays as history.
-- Parameters: moment.
update members_identitylink link
set unlinked_at = %s
from members_resolved resolved
where not resolved.is_new_record
    and link.record_id = resolved.record_id
    and link.unlinked_at is null
    and link.member_id <> resolved.member_id
