-- Tables, and partitions of them, of which this connection's role may write more than it should.
-- Parameters: tables; added and set, the columns of which it may choose values for new rows and change values, each
-- as table.column.
select c.relname from pg_class c
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
   and (c.relname = any(%(tables)s) or c.oid in (
        select inhrelid from pg_inherits where inhparent in (
          select p.oid from pg_class p where p.relnamespace = 'public'::regnamespace and p.relname = any(%(tables)s))))
   and (
     has_table_privilege(c.oid, 'insert, update, delete, truncate')
     or exists (
       select from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
          and (has_column_privilege(c.oid, a.attnum, 'insert') and c.relname || '.' || a.attname <> all(%(added)s)
            or has_column_privilege(c.oid, a.attnum, 'update') and c.relname || '.' || a.attname <> all(%(set)s))))
 order by c.relname
