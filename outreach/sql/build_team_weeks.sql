-- What came of one-to-one messages, by sender and week, in multiples of 5 (docs/adr/0013): the messages of a sender and
-- week stand in one line, by what came of them, and every fifth is counted as five, beginning at a place that nobody
-- knows.
--
-- Parameters: first_week (a Monday; weeks before it stay as they are), attribution_days, noise_key (bytea).
with outcome as (
    select
        sender_id, date_trunc('week', claimed_at at time zone 'Asia/Shanghai')::date as week,
        coalesce(
            bought_on <= (handover_at at time zone 'Asia/Shanghai')::date + %(attribution_days)s::int, false
        ) as bought,
        replied_at is not null as replied, opted_out
    from outreach_outcome
    where state in (1, 2, 3) and claimed_at >= %(first_week)s::date::timestamp at time zone 'Asia/Shanghai'
),
part as (
    select sender_id, week, bought, replied, opted_out, count(*)::int as messages
    from outcome
    group by sender_id, week, bought, replied, opted_out
),
lined as (
    select
        *,
        (sum(messages) over (partition by sender_id, week order by bought desc, replied desc, opted_out desc))::int
            as upto,
        (sum(messages) over (partition by sender_id, week))::int as total
    from part
),
placed as (
    select
        *,
        -- 10,000 weeks are 190 years
        place_in_five(
            count_noise(%(noise_key)s::bytea, sender_id * 10000 + (week - date '2000-01-03') / 7), total
        ) as place
    from lined
),
told as (
    select *, (upto + place) / 5 * 5 - (upto - messages + place) / 5 * 5 as shown from placed
)
insert into outreach_teamweek (employee_id, week, messages, replies, opted_out, sales)
select
    sender_id, week, sum(shown), coalesce(sum(shown) filter (where replied), 0),
    coalesce(sum(shown) filter (where opted_out), 0), coalesce(sum(shown) filter (where bought), 0)
from told
group by sender_id, week
