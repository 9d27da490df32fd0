-- The next rows without a new hash, in the order of the primary key. Rows that somebody else is writing wait for a
-- later pass: to wait for them here could stop an import.
select {keys}, {column} from {table} where {is_unset} and {beyond} order by {keys} limit %s for update skip locked
