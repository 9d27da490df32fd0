-- What is withdrawn of either is withdrawn of both, for who said it cannot be told any more. A yes that came along
-- with the merge leaves the winner again, unless a fresh one followed. Parameters: restored, winner, carried, employee.
with refused as (
    select channel, purpose
    from members_consentstate
    where member_id in (%(restored)s, %(winner)s)
    group by channel, purpose
    having not bool_and(given)
),
withdrawn as (
    select member.id, refused.channel, refused.purpose
    from refused
    cross join unnest(array[%(restored)s, %(winner)s]::bigint[]) member (id)
    union
    select state.member_id, state.channel, state.purpose
    from members_consent carried
    join members_consentstate state
        on state.member_id = carried.member_id and state.channel = carried.channel
        and state.purpose = carried.purpose and state.given_at = carried.said_at
    where carried.member_id = %(winner)s and carried.id = any(%(carried)s::bigint[])
)
select count(members_record_consent(id, channel, purpose, false, 'merge', null, null, %(employee)s::bigint)) from withdrawn
