-- All messages of some members, the newest first; whether the ledger of consents allowed each when it was handed
-- over (null: it was not, or needs no consent). Parameters: members; last_member and last_no (of the last one seen, or
-- null); limit (null: all).
select x.member_id, x.no, x.channel, x.service, x.state, x.claimed_at, x.handover_at, x.reason,
       case when x.handover_at is not null and not x.service then
         coalesce(members_consent_as_of(x.member_id, x.channel, 1::smallint, x.handover_at), false)
         and coalesce(members_consent_as_of(x.member_id, 0::smallint, 2::smallint, x.handover_at), true)
       end
  from outreach_message x
 where x.member_id = any(%(members)s::bigint[])
   and (
     %(last_member)s::bigint is null
     or (x.claimed_at, x.no, x.member_id) < (
       select last.claimed_at, last.no, last.member_id
         from outreach_message last
        where last.member_id = %(last_member)s::bigint and last.no = %(last_no)s::integer
     )
   )
 order by x.claimed_at desc, x.no desc, x.member_id desc
 limit %(limit)s::bigint
