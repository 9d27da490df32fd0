-- Parameters: system.
insert into members_serviceevent (member_id, system, record_key, kind, category_id, happened_on)
select resolved.member_id, %s, row.record_key, row.kind, row.category_id, row.happened_on
from events_resolved resolved
join events_in row using (line)
where resolved.holder_id is null
order by resolved.member_id
