-- The queued recipients of a batch, each held until the transaction ends; who is held by another claim is left out.
-- With each, whether they still have the need, by the audience as last published, which is always a whole one; and
-- whether another broadcast goes first: queued there too, in the same days, of higher priority or, of the same,
-- planned earlier.
--
-- Parameters: broadcast, batch.
select
    mine.member_id,
    found.level is not null,
    exists (
        select
        from outreach_recipient theirs
        join outreach_broadcast other on other.id = theirs.broadcast_id
        where theirs.member_id = mine.member_id
          and theirs.state = 0
          and other.id <> own.id
          and other.state in ('scheduled', 'running', 'paused')
          and (other.priority > own.priority or other.priority = own.priority and other.id < own.id)
          and other.starts_at < own.ends_at
          and own.starts_at < other.ends_at
    )
from outreach_recipient mine
join outreach_broadcast own on own.id = mine.broadcast_id
-- One look-up by key for each: of a batch of a new broadcast the planner knows nothing, and would read all of them
left join lateral (
    select audience.level
    from outreach_audiencemember audience
    where audience.member_id = mine.member_id
      and audience.category_id = own.category_id
      and audience.level >= own.min_level
    offset 0
) found on true
where mine.broadcast_id = %(broadcast)s::bigint
  and mine.batch = %(batch)s::integer
  and mine.state = 0
order by mine.member_id
for update of mine skip locked
