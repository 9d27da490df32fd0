-- The receipt of a message that was handed over. Delivered (1) outweighs failed (2), whichever comes first.
-- Nothing for a message that never left, or of which the provider said that nothing was taken.
insert into outreach_delivery as d (member_id, no, state, reported_at)
select x.member_id, x.no, %(state)s, clock_timestamp()
  from outreach_message x
 where x.member_id = %(member)s and x.no = %(no)s and x.state in (1, 2, 3)
on conflict (member_id, no) do update set state = excluded.state, reported_at = excluded.reported_at
 where excluded.state < d.state
