-- Indexes and constraints of one table, with what recreates them, in the order of recreation: keys, other
-- indexes, foreign keys. Check constraints stay. Parameter: the table's name.
select kind, name, definition
from (
    select case when contype in ('p', 'u') then 1 else 3 end as place, 'constraint' as kind, conname as name,
           pg_get_constraintdef(oid) as definition
    from pg_constraint
    where conrelid = %(table)s::regclass and contype in ('p', 'u', 'f')
    union all
    select 2, 'index', c.relname, pg_get_indexdef(i.indexrelid)
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    where i.indrelid = %(table)s::regclass
      and not exists (select from pg_constraint where conindid = i.indexrelid and contype in ('p', 'u'))
) found
order by place, name
