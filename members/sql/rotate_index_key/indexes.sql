-- Indexes on the column: name, definition, is it the primary key. Parameters: table, column, name of an index to leave out.
select c.relname, pg_get_indexdef(i.indexrelid), i.indisprimary
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
where i.indrelid = to_regclass(%s) and a.attname = %s and i.indisvalid and c.relname <> %s
order by 1
