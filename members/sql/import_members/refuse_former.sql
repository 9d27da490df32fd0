-- Another phone makes no new person of the erased: a record that was theirs, or names their e-mail address, has to tell
-- of who became a member after that day. One that is on file outlived the erasure, so it is somebody else's, who shared
-- the address; but for those of members whose erasure waits for a worker. Their tombstones are still to come, and their
-- phone leads to a member who is erased already (resolve.sql).
-- A subquery with "limit 1" keeps the look-ups in the index: the rows that are named here are few, whatever is expected.
-- Parameters: system, system.
with waiting as materialized (
    select member_id from members_erasure where done_at is null
),
named as materialized (
    select row.line, row.record_key, row.member_since, stone.erased_at
    from members_in row
    join members_tombstone stone on stone.bidx = row.record_bidx
    union all
    select row.line, row.record_key, row.member_since, stone.erased_at
    from members_in row
    join members_tombstone stone on stone.bidx = row.email_bidx
    union all
    select row.line, row.record_key, row.member_since, 'infinity'
    from waiting
    join members_contactpoint contact on contact.member_id = waiting.member_id and contact.channel = 2
    join members_in row on row.email_bidx = contact.bidx
)
delete from members_in
where line in (
    select named.line
    from named
    where (named.member_since is null or named.member_since <= (named.erased_at at time zone 'Asia/Shanghai')::date)
        and (
            select record.id from members_sourcerecord record
            where record.system = %s and record.record_key = named.record_key
            limit 1
        ) is null
    union all
    select row.line
    from waiting
    join members_identitylink link on link.member_id = waiting.member_id and link.unlinked_at is null
    join members_sourcerecord record on record.id = link.record_id and record.system = %s
    join members_in row on row.record_key = record.record_key
)
returning line
