-- An employee's leads, those met last first, one keyset page, and how many there are: whoever was looked up for a sale
-- or written to lately, needs something now and has not bought it since. Whom the service asked for is none: they were
-- looked up for something else.
--
-- Parameters: employee, since; after_at and after_place (of the last row seen, or null); limit. A place is a row's
-- number among those of the same moment: a cursor that names nobody.
-- Gives the number first, then surname, title, category, level, met at, whether they were written to, place; nulls where
-- there is no row.
with recursive seen as materialized (
    select member_id, at, false as written_to
    from staff_accessentry
    where employee_id = %(employee)s and at >= %(since)s::timestamptz and member_id is not null
      and reason in ('counter', 'call')
    union all
    select member_id, handover_at, true
    from outreach_message
    where sender_id = %(employee)s and broadcast_id is null and not service and claimed_at >= %(since)s::timestamptz
      and state in (1, 2, 3)
),
-- Who was merged is by now somebody else
person as (
    select distinct member_id as seen_as, member_id as id from seen
    union
    select person.seen_as, member.merged_into
    from person join members_member member on member.id = person.id
    where member.merged_into is not null
),
met as materialized (
    select member.id, member.surname, member.title, max(seen.at) as at, bool_or(seen.written_to) as written_to
    from seen
    join person on person.seen_as = seen.member_id
    join members_member member on member.id = person.id
    where member.merged_into is null and member.erased_at is null and not member.refuses_profiling
    group by member.id, member.surname, member.title
),
lead as materialized (
    select met.*, need.category_id, need.level,
           row_number() over (partition by met.at order by met.id, need.category_id) as place
    from met
    join members_need need on need.member_id = met.id and need.level >= 3
    where not exists (
        select from members_purchase purchase
        join members_category bought on bought.id = purchase.category_id
        where purchase.member_id = met.id
          -- a premium fridge is a fridge
          and need.category_id in (bought.id, bought.premium_of_id)
          and purchase.bought_on >= (met.at at time zone 'Asia/Shanghai')::date
    )
)
select counted.number, page.*
from (select count(*) as number from lead) counted
left join lateral (
    select surname, title, category_id, level, at, written_to, place
    from lead
    where %(after_at)s::timestamptz is null
       or at < %(after_at)s::timestamptz
       or (at = %(after_at)s::timestamptz and place > %(after_place)s::bigint)
    order by at desc, place
    limit %(limit)s::int
) page on true
