-- Rows by the name of the key that opens them: ciphertexts begin with its length and the name, sealed ones with a 0
-- before that.
select convert_from(substring(named from 2 for get_byte(named, 0)), 'utf-8'), count(*)
from (
    select case get_byte({column}, 0) when 0 then substring({column} from 2) else {column} end as named from {table}
) kept
group by 1
order by 1
