-- What became of a broadcast's recipients, one row for each part that occurs, counted as audience_counts.sql counts:
-- in every community the parts stand in a line and every fifth member is counted as five.
--
-- Parameters: broadcast, parts (text[], all that there are, in a fixed order), noise_key (bytea, of the category).
with recipient as (
    select
        wanted.community_id,
        case
            when wanted.state = 3 then 'held_out'
            when wanted.state = 4 then 'stopped'
            when wanted.state = 2 then wanted.reason
            when wanted.state = 0 or message.state = 0 then 'queued'
            when receipt.state = 1 then 'delivered'
            when receipt.state = 2 then 'failed'
            when message.state in (1, 2) then 'handed_over'
            when message.state = 3 then 'unknown'
            when message.handover_at is not null then 'failed'
            -- taken back before it left
            else message.reason
        end as part
    from outreach_recipient wanted
    left join outreach_message message on message.member_id = wanted.member_id and message.no = wanted.no
    left join outreach_delivery receipt on receipt.member_id = wanted.member_id and receipt.no = wanted.no
    where wanted.broadcast_id = %(broadcast)s::bigint
),
cell as (
    select community_id, part, array_position(%(parts)s::text[], part) as place_in_line, count(*)::int as members
    from recipient
    group by community_id, part
),
lined as (
    select
        community_id, part, members,
        (sum(members) over (partition by community_id order by place_in_line))::int as upto,
        (sum(members) over (partition by community_id))::int as total
    from cell
),
placed as (
    select
        part, members, upto,
        place_in_five(count_noise(%(noise_key)s::bytea, community_id), total) as place
    from lined
)
select part, sum(members)::int, sum((upto + place) / 5 * 5 - (upto - members + place) / 5 * 5)::int
from placed
group by part
