-- Without a rewrite: rows on file read the default, which means "not yet".
alter table {table} add column {following} {type} not null default {unset}
