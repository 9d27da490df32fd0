-- A key's second and later rows in the same file.
delete from purchases_in row
using (select record_key, min(line) as line from purchases_in group by record_key having count(*) > 1) first
where row.record_key = first.record_key and row.line > first.line
returning row.line
