-- Rows by the name of the key that opens them, which ciphertexts begin with: its length, then the name.
select convert_from(substring({column} from 2 for get_byte({column}, 0)), 'utf-8'), count(*)
from {table}
group by 1
order by 1
