-- What a row tells about a person who was on file already. Where this record is the person's only one, it is
-- believed; where there are several, it fills what is empty. An empty field takes nothing away. Community and
-- household come from the same row. Member since is the earliest date of several records, else the row's.
with told as (
    select
        resolved.member_id,
        count(*) as rows,
        min(resolved.record_id) as record_id,
        (array_agg(row.surname order by row.line) filter (where row.surname <> ''))[1] as surname,
        (array_agg(row.title order by row.line) filter (where row.title <> ''))[1] as title,
        (array_agg(row.community_id order by row.line) filter (where row.community_id is not null))[1] as community_id,
        (array_agg(row.household order by row.line) filter (where row.community_id is not null))[1] as household,
        min(row.member_since) as member_since
    from members_resolved resolved
    join members_in row using (line)
    where not resolved.is_new_member
    group by resolved.member_id
),
believed as (
    select
        told.*,
        told.rows = 1 and not exists (
            select from members_identitylink link
            where link.member_id = told.member_id and link.record_id <> told.record_id and link.unlinked_at is null
        ) as is_only_record
    from told
),
merged as (
    select
        member.id,
        case when is_only_record or member.surname = '' then coalesce(told.surname, member.surname)
            else member.surname end as surname,
        case when is_only_record or member.title = '' then coalesce(told.title, member.title)
            else member.title end as title,
        case when is_only_record or member.community_id is null then coalesce(told.community_id, member.community_id)
            else member.community_id end as community_id,
        case
            -- another place: its door, or alone where the row names none
            when told.community_id is distinct from member.community_id
                and told.community_id is not null
                and (is_only_record or member.community_id is null) then coalesce(told.household, -member.id)
            -- the same place: a door is taken where none was known, and from the only record
            when told.community_id = member.community_id
                and (is_only_record or member.household < 0) then coalesce(told.household, member.household)
            else member.household
        end as household,
        case when is_only_record then coalesce(told.member_since, member.member_since)
            else least(told.member_since, member.member_since) end as member_since
    from believed told
    join members_member member on member.id = told.member_id
)
update members_member member
set surname = merged.surname, title = merged.title, community_id = merged.community_id,
    household = merged.household, member_since = merged.member_since
from merged
where member.id = merged.id
    and (member.surname, member.title, member.community_id, member.household, member.member_since)
        is distinct from
        (merged.surname, merged.title, merged.community_id, merged.household, merged.member_since)
