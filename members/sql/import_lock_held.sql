-- Whether any session holds the advisory lock of this name. Looking takes no lock, so it disturbs nobody.
select exists (
    select from pg_locks
     where locktype = 'advisory' and objsubid = 1 and granted
       and database = (select oid from pg_database where datname = current_database())
       and (classid::bigint << 32) | objid::bigint = hashtextextended(%s, 0)
)
