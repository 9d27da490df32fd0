-- Parameter: index. NULL where there is none, false for what a killed process left half made.
select (select indisvalid from pg_index where indexrelid = to_regclass(%s))
