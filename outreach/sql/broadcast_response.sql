-- What members did: opened the link, unsubscribed, bought in the category within the days. Who bought is counted in
-- communities where most messages were handed over: of all who could be reached there when it began, beside those
-- held out there. Counted as broadcast_parts.sql counts, in the same line: those held out come first.
--
-- Parameters: broadcast, category (id), launched_at, attribution_days, noise_key (bytea, of the category).
with recipient as (
    select
        wanted.member_id, wanted.no, wanted.community_id, wanted.state = 3 as held_out,
        wanted.batch is not null as could_be_reached, message.handover_at
    from outreach_recipient wanted
    left join outreach_message message
        on message.member_id = wanted.member_id and message.no = wanted.no and message.state in (1, 2, 3)
    where wanted.broadcast_id = %(broadcast)s::bigint
),
-- Both sides of a community or neither, so that they stay alike; and each time costs the month of those who live there
community as (
    select
        community_id, count(*)::int as total,
        count(handover_at) > 0
            and 5 * count(handover_at) >= 4 * count(*) filter (where could_be_reached and not held_out) as measured
    from recipient
    group by community_id
),
trial as (
    select
        recipient.community_id, community.total, recipient.held_out, community.measured,
        community.measured and exists (
            select
            from members_purchase purchase
            join members_category bought on bought.id = purchase.category_id
            where purchase.member_id = recipient.member_id
              -- a premium fridge is a fridge
              and %(category)s::bigint in (bought.id, bought.premium_of_id)
              and purchase.bought_on >= (%(launched_at)s::timestamptz at time zone 'Asia/Shanghai')::date
              and purchase.bought_on
                  <= (%(launched_at)s::timestamptz at time zone 'Asia/Shanghai')::date + %(attribution_days)s::int
        ) as bought,
        recipient.handover_at is not null and exists (
            select from outreach_click click where click.member_id = recipient.member_id and click.no = recipient.no
        ) as clicked,
        -- A member gets one message a month, so a link or a reply in that time answers this one
        exists (
            select from members_consent withdrawal
            where withdrawal.member_id = recipient.member_id
              and not withdrawal.given
              and withdrawal.purpose = 1
              and withdrawal.source in ('unsubscribe_link', 'reply')
              and withdrawal.recorded_at between recipient.handover_at and recipient.handover_at + interval '744 hours'
        ) as unsubscribed
    from recipient
    join community using (community_id)
    where recipient.could_be_reached
),
part as (
    select community_id, total, measured, held_out, bought, clicked, unsubscribed, count(*)::int as members
    from trial
    group by community_id, total, measured, held_out, bought, clicked, unsubscribed
),
lined as (
    select
        *,
        (sum(members) over (
            partition by community_id order by held_out desc, bought desc, clicked desc, unsubscribed desc
        ))::int as upto
    from part
),
placed as (
    select *, place_in_five(count_noise(%(noise_key)s::bytea, community_id), total) as place from lined
),
told as (
    select *, (upto + place) / 5 * 5 - (upto - members + place) / 5 * 5 as shown from placed
)
select
    coalesce(sum(shown) filter (where clicked), 0)::int as clicked,
    coalesce(sum(shown) filter (where unsubscribed), 0)::int as unsubscribed,
    coalesce(sum(shown) filter (where measured and not held_out), 0)::int as written_to,
    coalesce(sum(shown) filter (where bought and not held_out), 0)::int as written_to_bought,
    coalesce(sum(shown) filter (where measured and held_out), 0)::int as held_out,
    coalesce(sum(shown) filter (where bought and held_out), 0)::int as held_out_bought
from told
