-- That a member wrote back, once for each name the provider tells it by; the moment, or no row where it was known.
-- A moment still to come is the provider's clock, not the member's: then it is now.
insert into outreach_reply (member_id, channel, told_as, at, is_opt_out, no)
values (
  %(member)s, %(channel)s, coalesce(%(told_as)s, gen_random_uuid()), least(%(said_at)s, clock_timestamp()),
  %(is_opt_out)s,
  (select max(x.no) from outreach_message x
    where x.member_id = %(member)s and x.channel = %(channel)s
      and x.handover_at > clock_timestamp() - interval '30 days')
)
on conflict do nothing
returning at, no
