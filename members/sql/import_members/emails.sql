-- E-mail values of resolved rows: for whom they were encrypted and whose they are.
select row.email_bidx, row.email, row.member_id, resolved.member_id
from members_resolved resolved
join members_in row using (line)
where row.email is not null
order by row.line
