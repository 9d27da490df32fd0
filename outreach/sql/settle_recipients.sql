-- What the claim of a batch came to. Parameters: broadcast, members, numbers (null where refused), reasons.
update outreach_recipient recipient
set state = case when result.no is null then 2 else 1 end, no = result.no, reason = result.reason
from unnest(%(members)s::bigint[], %(numbers)s::integer[], %(reasons)s::text[]) result (member_id, no, reason)
where recipient.broadcast_id = %(broadcast)s::bigint
  and recipient.member_id = result.member_id
  and recipient.state = 0
