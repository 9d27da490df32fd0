-- Row -> record and person. A record whose payload has the same keyed hash as before is left out: unchanged.
-- The person is who has the phone; of several rows with a new phone the first makes the person.
-- Parameters: system.
insert into members_resolved (line, record_id, member_id, is_new_record, is_new_member, is_erased)
select
    row.line,
    coalesce(record.id, row.record_id),
    coalesce(contact.member_id, first_value(row.member_id) over same_phone),
    record.id is null,
    contact.member_id is null and row_number() over same_phone = 1,
    erased.id is not null
from members_in row
left join members_sourcerecord record on record.system = %s and record.record_key = row.record_key
left join members_contactpoint contact on contact.channel = 1 and contact.bidx = row.bidx
left join members_member erased on erased.id = contact.member_id and erased.erased_at is not null
where record.digest is distinct from row.digest
window same_phone as (partition by row.bidx order by row.line)
