-- The next rows that are not encrypted with the key in use; what others are writing is left to a later call.
-- Parameters: the beginning of ciphertexts of the key in use, then the keys of the row before, rows.
select {keys}, {bound_to}, {column} from {table}
where substring({column} for {length}) <> %s and {beyond}
order by {keys}
limit %s
for update skip locked
