-- The salespeople and managers under a path with the sums of their weeks, most messages first; one keyset page.
-- Parameters: path, first_week, messages and last_id (of the last row seen, or null), limit.
select id, name, store, messages, replies, opted_out, sales
from (
    select
        employee.id, employee.name, coalesce(store.name, '') as store,
        coalesce(sum(week.messages), 0)::int as messages, coalesce(sum(week.replies), 0)::int as replies,
        coalesce(sum(week.opted_out), 0)::int as opted_out, coalesce(sum(week.sales), 0)::int as sales
    from staff_employee employee
    join geo_region region on region.id = employee.region_id
    left join staff_store store on store.id = employee.store_id
    left join outreach_teamweek week on week.employee_id = employee.id and week.week >= %(first_week)s::date
    where region.path like %(path)s::text || '%%'
      and employee.disabled_at is null
      and employee.role in ('salesperson', 'manager')
    group by employee.id, employee.name, store.name
) person
where %(messages)s::int is null
   or messages < %(messages)s::int
   or (messages = %(messages)s::int and id > %(last_id)s::bigint)
order by messages desc, id
limit %(limit)s::int
