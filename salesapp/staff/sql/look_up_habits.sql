-- Look-ups by number and active days: of the employee before today, of the colleagues before today, and the median of
-- what the colleagues who are at work today have looked up so far. Colleagues are those of all stores of the region.
-- A day is one of Shanghai. Blocks say from which number on entries can be of the days asked for.
-- Parameters: employee, store, now, today (when it began), habit_since, peers_since.
with colleagues as materialized (
    select e.employee_id, (e.at at time zone 'Asia/Shanghai')::date as day, e.at >= %(today)s as is_today,
           count(*) as look_ups
    from staff_store s
    join staff_accessentry e on e.store_id = s.id
    where s.region_id = (select region_id from staff_store where id = %(store)s)
      and e.employee_id <> %(employee)s and coalesce(e.thousand, e.member_id) is not null and e.at >= %(peers_since)s and e.at <= %(now)s
      and e.id > coalesce((
          select b.last_id from staff_accessblock b
          where b.sealed_at < %(peers_since)s and not b.forgets order by b.sealed_at desc limit 1
      ), 0)
    group by 1, 2, 3
)
select own.look_ups, own.days, peers.look_ups, peers.days, peers.so_far
from (
    select count(*) as look_ups, count(distinct (at at time zone 'Asia/Shanghai')::date) as days
    from staff_accessentry
    where employee_id = %(employee)s and coalesce(thousand, member_id) is not null and at >= %(habit_since)s and at < %(today)s
) own,
(
    select coalesce(sum(look_ups) filter (where not is_today), 0)::bigint as look_ups,
           count(*) filter (where not is_today) as days,
           percentile_cont(0.5) within group (order by look_ups) filter (where is_today) as so_far
    from colleagues
) peers
