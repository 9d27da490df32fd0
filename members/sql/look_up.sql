-- The counter's look-up: record it and read the portrait, in one statement and so in one transaction.
-- Parameters: bidx (keyed hash of the number), dice (0..1, any), employee, store, reason.
-- A number of nobody, of an erased member or of one who refuses profiling reads a stranger's rows instead
-- (`shown` is false and the caller drops them), so that all answers take the same work.
with found as materialized (
    select m.id, m.refuses_profiling
    from members_contactpoint c
    join members_member m on m.id = c.member_id
    where c.channel = 1 and c.bidx = %(bidx)s and m.erased_at is null
),
recorded as (
    insert into staff_accessentry (employee_id, store_id, reason, address_hash, member_id)
    values (%(employee)s, %(store)s, %(reason)s, %(bidx)s, (select id from found))
),
decoy as materialized (
    select m.id
    from members_member m
    where m.id >= (select (min(id) + %(dice)s::float8 * (max(id) - min(id)))::bigint from members_member)
    order by m.id
    limit 1
),
subject as materialized (
    select coalesce((select id from found where not refuses_profiling), decoy.id) as id,
           exists (select from found where not refuses_profiling) as shown
    from decoy
),
owned as materialized (
    -- the latest purchase of each category
    select distinct on (p.category_id) p.category_id, p.product_id, p.bought_on
    from members_purchase p
    join subject on p.member_id = subject.id
    order by p.category_id, p.bought_on desc
)
select subject.shown, m.id, m.surname, m.title, m.member_since, m.community_id, m.household,
       c.district_id, c.city_id,
       (
           select json_agg(json_build_array(n.category_id, n.level, n.reasons) order by n.score desc, n.category_id)
           from members_need n where n.member_id = m.id
       ) as needs,
       (
           select json_agg(json_build_array(o.category_id, o.product_id, o.bought_on) order by o.bought_on desc)
           from owned o
       ) as owns,
       greatest(
           (select max(o.bought_on) from owned o),
           (select max(e.happened_on) from members_serviceevent e where e.member_id = m.id)
       ) as last_seen
from subject
join members_member m on m.id = subject.id
left join geo_community c on c.id = m.community_id
