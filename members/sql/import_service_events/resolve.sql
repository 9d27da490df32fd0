-- Row -> member, and who holds an event of this key already.
-- erased_on: the day on which the number in the row was erased or, where only the record leads to the member, the last
-- such day of any number of theirs.
-- Parameters: system, system.
insert into events_resolved (line, member_id, holder_id, erased_on)
select row.line, member.id, known.member_id,
    (greatest(stone.erased_at, former.erased_at) at time zone 'Asia/Shanghai')::date
from events_in row
left join members_contactpoint contact on contact.channel = 1 and contact.bidx = row.bidx
left join members_sourcerecord record on record.system = %s and record.record_key = row.member_key
left join members_identitylink link on link.record_id = record.id and link.unlinked_at is null
left join members_member member
    on member.id = coalesce(contact.member_id, link.member_id) and member.erased_at is null
left join members_serviceevent known on known.system = %s and known.record_key = row.record_key
left join members_tombstone stone on stone.bidx = row.bidx
left join lateral (
    select max(buried.erased_at) as erased_at
    from members_contactpoint own
    join members_tombstone buried on buried.bidx = own.bidx
    where own.member_id = link.member_id and contact.member_id is null
) former on true
