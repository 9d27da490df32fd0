-- Claimed, not handed over, and nobody seems to be at it; at night only what may leave at night. So many of each
-- channel: what one whose provider is away cannot send keeps no other's waiting.
select waiting.member_id, waiting.no, one.channel
  from unnest(%(channels)s::smallint[]) one(channel)
 cross join lateral (
   select x.member_id, x.no
     from outreach_message x
     left join outreach_broadcast b on b.id = x.broadcast_id
    where x.state = 0 and x.send_by > outreach_now() and x.channel = one.channel
      and x.claimed_at < outreach_now() - make_interval(secs => %(idle_seconds)s)
      and (x.service or not outreach_is_quiet(outreach_now()))
      and b.state is distinct from 'paused'
    order by x.member_id
    limit %(limit)s
 ) waiting
 order by one.channel, waiting.member_id
