-- The stricter of two members' consents, recorded of the winner: what either has withdrawn is withdrawn from now
-- on, whatever older yes may still arrive; a yes of the loser comes along where the winner said nothing.
-- Gives the entries that came along. Parameters: loser, winner, employee.
with said as (
    select member_id, channel, purpose, given, given_at
    from members_consentstate
    where member_id in (%(loser)s, %(winner)s)
    union all
    -- an objection that is older than the ledger
    select id, 0::smallint, 2::smallint, false, null
    from members_member
    where id in (%(loser)s, %(winner)s) and refuses_profiling
),
stricter as (
    select channel, purpose, bool_and(given) as given, max(given_at) as given_at
    from said
    group by channel, purpose
    having not bool_and(given) or not bool_or(member_id = %(winner)s::bigint)
),
recorded as (
    select
        given,
        members_record_consent(
            %(winner)s::bigint, channel, purpose, given, 'merge', case when given then given_at end,
            case when given then (
                select consent.wording_id
                from members_consent consent
                where consent.member_id = %(loser)s and consent.channel = stricter.channel
                    and consent.purpose = stricter.purpose and consent.given
                order by consent.said_at desc
                limit 1
            ) end,
            %(employee)s::bigint
        ) as entry
    from stricter
)
select coalesce(array_agg(entry) filter (where given), '{}') from recorded
