-- Why members are held until then: whether a message waits, or when the latest that can explain it was handed over.
-- A claim holds for its lease, the call and a month at the most, and what was handed over before the claim was over
-- by then. Parameters: members (one person's), until.
select coalesce(bool_or(x.state = 0), false),
       max(x.handover_at) filter (where x.state in (1, 2, 3)
         and x.handover_at >= %(until)s - outreach_month() - outreach_lease() - outreach_call_max())
  from outreach_message x
 where x.member_id = any(%(members)s) and not x.service
