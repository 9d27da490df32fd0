-- Parameters: table, how many.
with its as materialized (select pg_get_serial_sequence(%s, 'id')::regclass as sequence)
select array_agg(nextval(its.sequence)) from its, generate_series(1, %s)
