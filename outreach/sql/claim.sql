select member_id, no, refusal, free_at
  from outreach_claim((select %(members)s::bigint[]), %(channel)s::smallint, %(version)s, %(broadcast)s::bigint,
                      %(sender)s::bigint, %(generation)s, %(until)s::timestamptz)
 order by member_id
