-- Who was erased, or whose phone has a tombstone and nobody's number now, gets nothing on file again. Who registered
-- afresh gets nothing that was before the day after the erasure.
delete from purchases_resolved resolved
using purchases_in row
where row.line = resolved.line
    and (
        row.bought_on <= resolved.erased_on
        or resolved.member_id is null and (
            resolved.erased_on is not null
            or exists (
                select from members_contactpoint contact
                join members_member member on member.id = contact.member_id
                where contact.channel = 1 and contact.bidx = row.bidx and member.erased_at is not null
            )
        )
    )
returning resolved.line
