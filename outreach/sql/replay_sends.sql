-- Marketing messages handed over since then, and which of them the ledger of consents forbade at that moment.
-- Parameters: since.
with sent as (
  select x.member_id, x.no, x.channel, x.handover_at
    from outreach_message x
   where not x.service and x.handover_at >= %(since)s and x.claimed_at >= %(since)s - outreach_lease()
)
select (select count(*) from sent),
       array(
         select array[sent.member_id, sent.no] from sent
          where members_consent_as_of(sent.member_id, sent.channel, 1::smallint, sent.handover_at) is not true
             or members_consent_as_of(sent.member_id, 0::smallint, 2::smallint, sent.handover_at) is false
          order by sent.handover_at
       )
