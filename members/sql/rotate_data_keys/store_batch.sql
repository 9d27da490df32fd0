-- Parameters: an array for each column of the primary key, and the ciphertexts.
update {table} as kept set {column} = new.ciphertext from unnest({arrays}) as new ({keys}, ciphertext) where {same}
