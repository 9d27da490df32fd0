-- The transactions that may hold a number of an access entry and have not ended: each that writes to the log, or to
-- one of its partitions, holds this lock from before it takes a number until its end is seen by everybody.
select l.virtualtransaction
from pg_locks l
where l.locktype = 'relation' and l.mode = 'RowExclusiveLock' and l.pid is distinct from pg_backend_pid()
  and l.database = (select oid from pg_database where datname = current_database())
  and (
    l.relation = 'staff_accessentry'::regclass
    or l.relation in (select inhrelid from pg_inherits where inhparent = 'staff_accessentry'::regclass)
  )
