-- What the town's salespeople wrote to single members in the last half year, and what came of it: to members of their
-- own districts who had agreed to it, one message each. Part of them was written before a purchase that the town has
-- anyway, part before an opt-out that it has anyway, and the rest to members who need something now; so neither needs
-- nor coverage change by it. Which members and when follows from the seed.
--
-- Parameters: as_of (date), seed, sold, opted_out, open (how many of each for each salesperson), kept (people of the story).
with seller as (
    select employee.id, region.path, count(*) over (partition by region.path) as beside,
           row_number() over (partition by region.path order by employee.id) - 1 as turn
    from staff_employee employee
    join geo_region region on region.id = employee.region_id
    where employee.role = 'salesperson' and employee.disabled_at is null
),
-- Enough for each of them, whatever the size of the town
drawn as materialized (
    select member_id, sender_id, whom, moment, answer
    from (
        select *, row_number() over (partition by sender_id order by whom, member_id) as place
        from (
            select member.id as member_id, seller.id as sender_id,
                   (hashtextextended('whom ' || member.id, %(seed)s::bigint) & 1048575) / 1048576.0 as whom,
                   (hashtextextended('when ' || member.id, %(seed)s::bigint) & 1048575) / 1048576.0 as moment,
                   (hashtextextended('what ' || member.id, %(seed)s::bigint) & 1048575) / 1048576.0 as answer
            from seller
            join geo_community community on community.region_path like seller.path || '%%'
            join members_member member
                on member.community_id = community.id and member.id %% seller.beside = seller.turn
            where member.erased_at is null and member.merged_into is null and not member.refuses_profiling
              -- the people of the story are kept for who tries the counter
              and member.id <= (select max(id) from members_member) - %(kept)s::int
        ) candidate
    ) shuffled
    where place <= 8000
),
chance as materialized (
    select drawn.*, state.given_at, state.withdrawn_at
    from drawn
    join members_consentstate state on state.member_id = drawn.member_id and state.channel = 1 and state.purpose = 1
),
wanted as (
    select 'sold' as why, chance.*, bought.category_id,
           bought.bought_on - 1 - floor(moment * 20)::int as day, %(sold)s::int as most
    from chance
    join lateral (
        select category_id, bought_on from members_purchase purchase
        where purchase.member_id = chance.member_id and purchase.bought_on > %(as_of)s::date - 170
        order by bought_on, category_id limit 1
    ) bought on true
    union all
    select 'opted out', chance.*, need.category_id,
           (withdrawn_at at time zone 'Asia/Shanghai')::date - 1 - floor(moment * 6)::int, %(opted_out)s::int
    from chance
    join lateral (
        select category_id from members_need where member_id = chance.member_id order by level desc, category_id limit 1
    ) need on true
    where withdrawn_at > %(as_of)s::date - 170
    union all
    -- more of late than before
    select 'open', chance.*, need.category_id, %(as_of)s::date - 1 - floor(power(moment, 1.3) * 179)::int, %(open)s::int
    from chance
    join lateral (
        select category_id from members_need
        where member_id = chance.member_id and level >= 3 order by level desc, category_id limit 1
    ) need on true
    where withdrawn_at is null
),
-- A member stands for one reason
once as (
    select distinct on (member_id) * from wanted
    where given_at < day and (withdrawn_at is null or withdrawn_at > day + interval '1 day')
    order by member_id, why desc
),
ranked as (
    select *, row_number() over (partition by sender_id, why order by whom, member_id) as place from once
),
sent as materialized (
    select member_id, sender_id, why, category_id, answer,
           (day + time '09:00' + moment * interval '9 hours') at time zone 'Asia/Shanghai' as at
    from ranked
    where place <= most
),
text as (
    select version.id
    from outreach_templateversion version
    join outreach_template template on template.id = version.template_id
    where template.code = 'category-sms' and version.approved_at is not null
    order by version.id desc
    limit 1
),
message as (
    insert into outreach_message
        (member_id, no, state, channel, service, version_id, sender_id, claimed_at, send_by, handover_at, settled_at,
         provider)
    select member_id, 1, 2, 1, false, text.id, sender_id, at, at + interval '24 hours', at + interval '2 seconds',
           at + interval '3 seconds', 'console'
    from sent, text
    returning member_id, handover_at
),
guard as (
    insert into outreach_contactguard (member_id, blocked_until, fence, last_no)
    select member_id, handover_at + outreach_month(), 1, 1 from message
),
words as (
    insert into outreach_messagetext (member_id, no, subject, text, parameters, category_id)
    select sent.member_id, 1, '', '您好，近期' || category.name || '有以旧换新，欢迎到店了解。', '{}', sent.category_id
    from sent
    join members_category category on category.id = sent.category_id
),
receipt as (
    insert into outreach_delivery (member_id, no, state, reported_at)
    select member_id, 1, 1, handover_at + interval '5 seconds' from message
)
insert into outreach_reply (member_id, channel, at, is_opt_out, no)
select member_id, 1, at + interval '10 minutes' + answer * interval '30 hours', false, 1
from sent
where answer < case why when 'sold' then 0.35 when 'open' then 0.16 else 0 end
  and at + interval '2 days' < now()
