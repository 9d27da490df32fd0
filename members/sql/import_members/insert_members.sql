-- Parameters: today, for rows that do not say since when.
insert into members_member
    (id, surname, title, community_id, household, member_since, refuses_profiling)
select
    row.member_id, row.surname, row.title, row.community_id, coalesce(row.household, -row.member_id),
    coalesce(row.member_since, %s), false
from members_resolved resolved
join members_in row using (line)
where resolved.is_new_member
order by row.member_id
