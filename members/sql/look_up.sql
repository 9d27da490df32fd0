-- The counter's look-up: record it and read the portrait, in one statement and so in one transaction.
-- Parameters: bidx (keyed hash of the number), hashes (that, and the one to come while the index key is changed),
-- thousand (that of its first digits), decoy (any member's id), employee, store, reason.
-- A number of nobody, of an erased member or of one who refuses profiling reads a stranger's rows instead
-- (`shown` is false and the caller drops them), and a number of nobody looks at a stranger where others look at the
-- member, so that all answers take the same work.
-- Arrays of numbers and few plan nodes: this runs at every look-up, and most of its cost is starting the plan.
with found as materialized (
    select m.id, m.refuses_profiling, point.member_id is not null and m.erased_at is null as known
    from (
        select (
            select c.member_id from members_contactpoint c
            where c.channel = 1 and c.bidx = any(%(hashes)s::bytea[])
            limit 1
        ) as member_id
        offset 0
    ) point
    join members_member m on m.id = coalesce(point.member_id, %(decoy)s)
),
recorded as (
    insert into staff_accessentry (employee_id, store_id, reason, address_hash, thousand, member_id)
    values (%(employee)s, %(store)s, %(reason)s, %(bidx)s, %(thousand)s, (select id from found where known))
)
select subject.shown, m.id, m.surname, m.title, m.member_since, m.community_id, m.household,
       c.district_id, c.city_id,
       (
           -- category, level, score, then up to four reasons
           select array_agg(
               array[n.category_id, n.level, n.score, n.reasons[1], n.reasons[2], n.reasons[3], n.reasons[4]]
           )
           from members_need n where n.member_id = m.id
       ) as needs,
       (
           -- category, product, day of purchase as days since 2000-01-01
           select array_agg(array[p.category_id, p.product_id, p.bought_on - date '2000-01-01'])
           from members_purchase p where p.member_id = m.id
       ) as bought,
       (select max(e.happened_on) from members_serviceevent e where e.member_id = m.id) as last_event
from (
    select coalesce((select id from found where known and not refuses_profiling), stranger.id) as id,
           (select id from found where known and not refuses_profiling) is not null as shown
    from (select id from members_member where id >= %(decoy)s order by id limit 1) stranger
) subject
join members_member m on m.id = subject.id
left join geo_community c on c.id = m.community_id
