-- Of an employee's last look-ups, by number or by a member's id: different numbers among the last of them, how many of
-- those are nobody's, the most different numbers of one thousand. Of all since then: those of today, of this night, how
-- many they are, and how many different numbers are nobody's and somebody's.
-- Parameters: employee, now, since (nothing before it counts), today and night (when they began), last, numbers.
with week as materialized (
    select id, at, member_id, thousand, address_hash
    from staff_accessentry
    where employee_id = %(employee)s and coalesce(thousand, member_id) is not null and at > %(since)s and at <= %(now)s
      and at > coalesce((
          select max(d.at) from staff_harvestdecision d
          join staff_harvestalarm a on a.id = d.alarm_id
          where a.employee_id = %(employee)s
      ), '-infinity')
),
looked as materialized (select * from week order by id desc limit %(last)s),
numbers as (
    select address_hash, max(id) as id, count(member_id) > 0 as somebody
    from looked where thousand is not null group by address_hash order by max(id) desc limit %(numbers)s
),
all_numbers as (
    select count(member_id) > 0 as somebody from week where thousand is not null group by address_hash
)
select (select count(*) from numbers),
       (select count(*) from numbers where not somebody),
       (
           select coalesce(max(near), 0)
           from (select count(distinct address_hash) as near from looked where thousand is not null group by thousand) thousands
       ),
       (select count(*) from week where at >= %(today)s),
       (select count(*) from week where at >= %(night)s),
       (select count(*) from week),
       (select count(*) from all_numbers where not somebody),
       (select count(*) from all_numbers where somebody)
