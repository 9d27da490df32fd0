-- Look-ups by number and active days: of the employee in the days before today, and of the colleagues of the same store
-- in the last days, today's included. A day is one of Shanghai.
-- Parameters: employee, store, now, today (when it began), habit_since, peers_since.
select own.look_ups, own.days, peers.look_ups, peers.days
from (
    select count(*) as look_ups, count(distinct (at at time zone 'Asia/Shanghai')::date) as days
    from staff_accessentry
    where employee_id = %(employee)s and thousand is not null and at >= %(habit_since)s and at < %(today)s
) own,
(
    select count(*) as look_ups, count(distinct (employee_id, (at at time zone 'Asia/Shanghai')::date)) as days
    from staff_accessentry
    where store_id = %(store)s and employee_id <> %(employee)s and thousand is not null
      and at >= %(peers_since)s and at <= %(now)s
) peers
