-- Parameters: an array for each column of the primary key, and the new hashes.
update {table} as kept set {following} = new.following from unnest({arrays}) as new ({keys}, following) where {same}
