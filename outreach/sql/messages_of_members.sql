-- All messages of some members, the newest first; whether the ledger of consents allowed each when it was handed
-- over (null: it was not, or needs no consent). Parameters: members.
select x.member_id, x.no, x.channel, x.service, x.state, x.claimed_at, x.handover_at, x.reason,
       case when x.handover_at is not null and not x.service then
         coalesce(members_consent_as_of(x.member_id, x.channel, 1::smallint, x.handover_at), false)
         and coalesce(members_consent_as_of(x.member_id, 0::smallint, 2::smallint, x.handover_at), true)
       end
  from outreach_message x
 where x.member_id = any(%(members)s::bigint[])
 order by x.claimed_at desc, x.no desc
