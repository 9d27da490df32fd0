-- Who a broadcast is to: the audience of its area, each with what decides now. Run when it is scheduled and again
-- when it begins; the second time brings in who has come and
-- takes out who has no need there any more, and only rows that are not claimed change.
--
-- Parameters: broadcast, category, min_level, channel, path, communities (empty: all of the region),
-- hold_out_percent, hold_out_key (bytea), batch_size.
with wanted as materialized (
    select
        member.id as member_id, found.community_id,
        case
            when member.refuses_profiling then 'objects'
            when not exists (
                select from members_contactpoint address
                where address.member_id = member.id and address.channel = %(channel)s::smallint
            ) then 'no_address'
            when consent.given is not true then 'no_consent'
            when guard.blocked_until > clock_timestamp() then 'month_used'
        end as reason
    from outreach_audiencemember found
    join members_member member on member.id = found.member_id
    left join members_consentstate consent
        on consent.member_id = member.id and consent.channel = %(channel)s::smallint and consent.purpose = 1
    left join outreach_contactguard guard on guard.member_id = member.id
    where found.category_id = %(category)s::bigint
      and found.level >= %(min_level)s::smallint
      and found.region_path >= %(path)s::text
      and found.region_path < %(path)s::text || '~'
      and (%(communities)s::bigint[] = '{}' or found.community_id = any(%(communities)s::bigint[]))
      and member.erased_at is null
      and member.merged_into is null
),
gone as (
    delete from outreach_recipient kept
    where kept.broadcast_id = %(broadcast)s::bigint
      and kept.state in (0, 2, 3)
      and not exists (select from wanted where wanted.member_id = kept.member_id)
)
insert into outreach_recipient as kept (member_id, broadcast_id, community_id, batch, state, reason)
select
    wanted.member_id, %(broadcast)s::bigint, wanted.community_id,
    case when wanted.reason is null then
        (row_number() over (partition by wanted.reason is null order by wanted.member_id) - 1)
            / %(batch_size)s::int
    end,
    -- 0 queued, 2 refused, 3 held out: of those who can be reached, by a hash that nobody can steer
    case
        when wanted.reason is not null then 2
        when count_noise(%(hold_out_key)s::bytea, wanted.member_id) & 65535
            < %(hold_out_percent)s::int * 65536 / 100 then 3
        else 0
    end,
    wanted.reason
from wanted
on conflict (member_id, broadcast_id) do update
    set state = excluded.state, reason = excluded.reason,
        batch = case when excluded.reason is null then coalesce(kept.batch, excluded.batch) end
    where kept.state in (0, 2, 3)
      and (kept.state, kept.reason) is distinct from (excluded.state, excluded.reason)
