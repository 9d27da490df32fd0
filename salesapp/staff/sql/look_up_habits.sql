-- Look-ups by number and active days: of the employee before today, of the colleagues before today, and the median of
-- what the colleagues who are at work today have looked up so far. Then look-ups and active days of the employee up to
-- the last time that somebody let such volumes go on; none where nobody did.
-- Colleagues are those of all stores of the region: of the own store's, else of the own and all below; fifty at most.
-- A day is one of Shanghai. Blocks say from which number on entries can be of the days asked for.
-- Parameters: employee, store and region_path (NULL where there is none), now, today (when it began), habit_since, peers_since.
with colleagues as materialized (
    select e.employee_id, (e.at at time zone 'Asia/Shanghai')::date as day, e.at >= %(today)s as is_today,
           count(*) as look_ups
    from (
        select s.id
        from staff_store s
        join geo_region r on r.id = s.region_id
        where s.region_id = (select region_id from staff_store where id = %(store)s::bigint)
           or %(store)s::bigint is null and r.path like %(region_path)s::text || '%%'
        order by s.id
        limit 50
    ) s
    join staff_accessentry e on e.store_id = s.id
    where e.employee_id <> %(employee)s and coalesce(e.thousand, e.member_id) is not null and e.at >= %(peers_since)s and e.at <= %(now)s
      and e.id > coalesce((
          select b.last_id from staff_accessblock b
          where b.sealed_at < %(peers_since)s and not b.forgets order by b.sealed_at desc limit 1
      ), 0)
    group by 1, 2, 3
)
select own.look_ups, own.days, peers.look_ups, peers.days, peers.so_far, own.let_go, own.let_go_days
from (
    select count(*) filter (where at < %(today)s) as look_ups, count(distinct day) filter (where at < %(today)s) as days,
           count(*) filter (where at < let_go_on) as let_go, count(distinct day) filter (where at < let_go_on) as let_go_days
    from (
        select at, (at at time zone 'Asia/Shanghai')::date as day
        from staff_accessentry
        where employee_id = %(employee)s and coalesce(thousand, member_id) is not null
          and at >= %(habit_since)s and at <= %(now)s
    ) looked,
    (
        select max(d.at) as let_go_on
        from staff_harvestdecision d
        join staff_harvestalarm a on a.id = d.alarm_id
        where a.employee_id = %(employee)s and a.rule in ('habit', 'peers', 'volume') and d.outcome = 'released'
    ) decision
) own,
(
    select coalesce(sum(look_ups) filter (where not is_today), 0)::bigint as look_ups,
           count(*) filter (where not is_today) as days,
           percentile_cont(0.5) within group (order by look_ups) filter (where is_today) as so_far
    from colleagues
) peers
