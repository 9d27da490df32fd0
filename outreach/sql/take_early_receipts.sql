-- Early receipts whose message is known by now, taken out of the waiting ones; and away with those that waited a
-- day. Several sweeps take different rows.
with waiting as (
  select e.provider, e.reference, x.member_id, x.no
    from outreach_earlyreceipt e
    left join outreach_message x on x.provider_ref = e.reference and x.provider = e.provider
   where x.member_id is not null or e.arrived_at < clock_timestamp() - interval '1 day'
   order by e.provider, e.reference
   limit %(limit)s
     for update of e skip locked
), taken as (
  delete from outreach_earlyreceipt e using waiting w
   where e.provider = w.provider and e.reference = w.reference
  returning w.member_id, w.no, e.provider, e.reference, e.delivered
)
select member_id, no, provider, reference, delivered from taken where member_id is not null
