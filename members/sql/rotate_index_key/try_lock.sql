-- Of the session: what follows are several transactions. Parameter: name.
select pg_try_advisory_lock(hashtextextended(%s, 0))
