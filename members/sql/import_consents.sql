-- Rows of a file into the ledger. Gives the lines whose member is unknown, those whose member was erased, and how many
-- entries were new. Of who was erased and registered afresh, what was said before is refused: before the erasure of the
-- number in the row or, where only the record leads to the member, of any number of theirs.
-- Parameters: system, and parallel arrays: lines, hashes (of the phone), keys (of the record), channels, purposes,
-- givens, saids, wordings, sources, proofs.
with told as materialized (
    select told.*, coalesce(contact.member_id, link.member_id) as member_id,
        -- a no is kept
        member.erased_at is not null and told.given
        or stone.bidx is not null and member.id is null
        or coalesce(told.said_at <= greatest(stone.erased_at, former.erased_at), false) as is_erased
    from unnest(
        %(lines)s::integer[], %(hashes)s::bytea[], %(keys)s::text[], %(channels)s::smallint[],
        %(purposes)s::smallint[], %(givens)s::boolean[], %(saids)s::timestamptz[], %(wordings)s::bigint[],
        %(sources)s::text[], %(proofs)s::jsonb[]
    ) told (line, bidx, member_key, channel, purpose, given, said_at, wording_id, source, proof)
    left join members_contactpoint contact on contact.channel = 1 and contact.bidx = told.bidx
    left join members_sourcerecord record on record.system = %(system)s and record.record_key = told.member_key
    left join members_identitylink link on link.record_id = record.id and link.unlinked_at is null
    left join members_member member on member.id = coalesce(contact.member_id, link.member_id)
    left join members_tombstone stone on stone.bidx = told.bidx
    left join lateral (
        select max(buried.erased_at) as erased_at
        from members_contactpoint own
        join members_tombstone buried on buried.bidx = own.bidx
        where own.member_id = link.member_id and contact.member_id is null
    ) former on true
),
fresh as materialized (
    select distinct on (member_id, channel, purpose, given, said_at, source) *
    from told
    where member_id is not null and not is_erased
        and not exists (
            select from members_consent kept
            where kept.member_id = told.member_id and kept.channel = told.channel and kept.purpose = told.purpose
                and kept.given = told.given and kept.said_at = told.said_at and kept.source = told.source
        )
    order by member_id, channel, purpose, given, said_at, source, line
),
recorded as materialized (
    select array_agg(line) as lines, members_record_consents(
        array_agg(member_id), array_agg(channel), array_agg(purpose), array_agg(given), array_agg(source),
        array_agg(said_at), array_agg(wording_id), null, array_agg(proof)
    ) as entries
    from fresh
)
select
    array(
        select line from told where member_id is null and not is_erased
        union all
        select line from recorded cross join lateral unnest(lines, entries) refused (line, entry) where entry is null
        order by line
    ),
    array(select line from told where is_erased order by line),
    (select count(entry) from recorded cross join lateral unnest(entries) entry)
