-- Parameters: hashes, members.
select count(*)
from unnest(%s::bytea[], %s::bigint[]) as told (bidx, member_id)
join members_contactpoint contact on contact.channel = 2 and contact.bidx = told.bidx
where contact.member_id <> told.member_id
