-- Parameters: table, column.
select exists (
    select from pg_attribute
    where attrelid = to_regclass(%s) and attname = %s and not attisdropped
)
