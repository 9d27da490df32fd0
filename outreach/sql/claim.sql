-- Free when: of a used month alone. Guards that never held a month, or are tombstones, stand at an infinity, which
-- is no datetime.
select member_id, no, refusal, contacted_at, case when refusal = 'month_used' then free_at end as free_at
  from outreach_claim((select %(members)s::bigint[]), %(channel)s::smallint, %(version)s, %(broadcast)s::bigint,
                      %(sender)s::bigint, %(generation)s, %(until)s::timestamptz)
 order by member_id
