-- What members did: opened the link, unsubscribed, bought in the category within the days; the latter of all who
-- could be reached when it began, whatever became of their message, beside those held out. Protected counts.
--
-- Parameters: broadcast, category (id), launched_at, attribution_days.
with trial as (
    select
        recipient.member_id, recipient.no, recipient.state = 3 as held_out, message.handover_at,
        exists (
            select
            from members_purchase purchase
            join members_category bought on bought.id = purchase.category_id
            where purchase.member_id = recipient.member_id
              -- a premium fridge is a fridge
              and %(category)s::bigint in (bought.id, bought.premium_of_id)
              and purchase.bought_on >= (%(launched_at)s::timestamptz at time zone 'Asia/Shanghai')::date
              and purchase.bought_on
                  <= (%(launched_at)s::timestamptz at time zone 'Asia/Shanghai')::date + %(attribution_days)s::int
        ) as bought
    from outreach_recipient recipient
    left join outreach_message message
        on message.member_id = recipient.member_id and message.no = recipient.no and message.state in (1, 2, 3)
    where recipient.broadcast_id = %(broadcast)s::bigint
      and recipient.batch is not null
)
select
    protected_count(count(*) filter (
        where exists (
            select from outreach_click click
            where click.member_id = trial.member_id and click.no = trial.no and trial.handover_at is not null
        )
    )) as clicked,
    -- A member gets one message a month, so a link or a reply in that time answers this one
    protected_count(count(*) filter (
        where exists (
            select from members_consent withdrawal
            where withdrawal.member_id = trial.member_id
              and not withdrawal.given
              and withdrawal.purpose = 1
              and withdrawal.source in ('unsubscribe_link', 'reply')
              and withdrawal.recorded_at between trial.handover_at and trial.handover_at + interval '744 hours'
        )
    )) as unsubscribed,
    protected_count(count(*) filter (where not held_out)) as written_to,
    protected_count(count(*) filter (where not held_out and bought)) as written_to_bought,
    protected_count(count(*) filter (where held_out)) as held_out,
    protected_count(count(*) filter (where held_out and bought)) as held_out_bought
from trial
