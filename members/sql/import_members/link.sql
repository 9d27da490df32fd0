-- Parameters: reason, moment.
insert into members_identitylink (member_id, record_id, score, reason, linked_at)
select resolved.member_id, resolved.record_id, 1.0, %s, %s
from members_resolved resolved
where resolved.is_new_record
    or not exists (
        select from members_identitylink link
        where link.record_id = resolved.record_id and link.unlinked_at is null
    )
order by resolved.member_id
