-- What the source has corrected. Parameters: system.
update members_serviceevent event
set kind = row.kind, category_id = row.category_id, happened_on = row.happened_on
from events_resolved resolved
join events_in row using (line)
where resolved.holder_id is not null
    and event.member_id = resolved.member_id
    and event.system = %s
    and event.record_key = row.record_key
    and (event.kind, event.category_id, event.happened_on)
        is distinct from (row.kind, row.category_id, row.happened_on)
