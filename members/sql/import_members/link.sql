-- Parameters: reason, moment.
with unlinked as (
    select member_id, record_id from members_resolved where is_new_record
    union all
    select resolved.member_id, resolved.record_id
    from members_resolved resolved
    where not resolved.is_new_record
        and not exists (
            select from members_identitylink link
            where link.record_id = resolved.record_id and link.unlinked_at is null
        )
)
insert into members_identitylink (member_id, record_id, score, reason, linked_at)
select member_id, record_id, 1.0, %s, %s
from unlinked
order by member_id
