-- After a conflict: the rows of that number go to the person who has it now.
update members_resolved resolved
set member_id = contact.member_id, is_new_member = false
from members_in row
join members_contactpoint contact on contact.channel = 1 and contact.bidx = row.bidx
where row.line = resolved.line and contact.member_id <> resolved.member_id
