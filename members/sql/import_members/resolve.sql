-- Row -> record and person. A record whose payload has the same keyed hash as before is left out: unchanged,
-- unless its address tells of another place than the one on file, and update_members.sql would believe it: the
-- communities may have come, or become others, after the record.
-- Who was erased stays erased: whose phone has a tombstone. Where somebody registered with it afresh, only a record of
-- who became a member after that day is theirs: any other may tell of before. What brings them under another phone is
-- refused before (refuse_former.sql).
-- The person is who has the phone; of several rows with a new phone the first makes the person.
-- "limit 1" keeps the look-ups in the indexes, in the order of the numbers: a join would read all members,
-- however short the file.
-- Parameters: system.
insert into members_resolved (line, record_id, member_id, is_new_record, is_new_member, is_erased)
select
    row.line,
    coalesce(record.id, row.record_id),
    coalesce(person.member_id, first_value(row.member_id) over same_phone),
    record.id is null,
    person.member_id is null and row_number() over same_phone = 1,
    person.erased_at is not null
        or stone.erased_at is not null and (
            person.member_id is null
            or row.member_since is null
            or row.member_since <= (stone.erased_at at time zone 'Asia/Shanghai')::date
        )
from (
    select line, record_key, record_id, member_id, bidx, digest, community_id, household, member_since
    from members_in
    order by bidx, line
) row
left join lateral (
    select id, digest from members_sourcerecord
    where system = %s and record_key = row.record_key
    limit 1
) record on true
left join lateral (
    select contact.member_id, member.erased_at, member.community_id, member.household
    from members_contactpoint contact
    left join members_member member on member.id = contact.member_id
    where contact.channel = 1 and contact.bidx = row.bidx
        -- an unchanged row without a place needs no look-up
        and (record.digest is distinct from row.digest or row.community_id is not null)
    limit 1
) person on true
left join lateral (
    select erased_at from members_tombstone where bidx = row.bidx limit 1
) stone on true
where case
    when record.digest is distinct from row.digest then true
    when row.community_id is null or person.erased_at is not null then false
    when row.community_id = person.community_id and row.household is null then false
    when row.community_id = person.community_id and row.household = person.household then false
    when person.community_id is null then true
    when row.community_id = person.community_id and person.household < 0 then true
    else not exists (
        select from members_identitylink link
        where link.member_id = person.member_id and link.record_id <> record.id and link.unlinked_at is null
    )
end
window same_phone as (partition by row.bidx order by row.line)
