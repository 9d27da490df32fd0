-- Row -> member, and who holds an event of this key already. Parameters: system, system.
insert into events_resolved (line, member_id, holder_id)
select row.line, member.id, known.member_id
from events_in row
left join members_contactpoint contact on contact.channel = 1 and contact.bidx = row.bidx
left join members_sourcerecord record on record.system = %s and record.record_key = row.member_key
left join members_identitylink link on link.record_id = record.id and link.unlinked_at is null
left join members_member member
    on member.id = coalesce(contact.member_id, link.member_id) and member.erased_at is null
left join members_serviceevent known on known.system = %s and known.record_key = row.record_key
