-- How many members of an area need something of a category, and how many of them cannot be reached and why: each
-- under the first reason that applies. Exact at this moment: the published audience, less the members whose
-- contacts, merges or consents changed since it was built, and those as the live tables have them now.
--
-- Parameters: category (id), channel, path (of the region), communities (bigint[]; empty: all of the region),
-- changed_since (before the audience was built).
--
-- Members are counted in ten parts: those of need level 4 by the five standings below, then those of level 3. As
-- shown, the members of a community stand in one line in this order and every fifth is counted as five, beginning
-- at a place that nobody knows. So parts are multiples of 5, right on average, and add up in every community, at
-- both levels, to totals that are the same for every channel (docs/adr/0012). Ten sums as they are, each holding
-- the ones before it, then the ten as shown.
with moment as materialized (
    select clock_timestamp() as t, (1 << %(channel)s::int)::smallint as bit
),
touched as materialized (
    select member_id from outreach_message
    where claimed_at >= %(changed_since)s::timestamptz or settled_at >= %(changed_since)s::timestamptz
    union
    select member_id from members_consent where recorded_at >= %(changed_since)s::timestamptz
    union
    select person.id
    from outreach_contactmerge pair
    cross join lateral (values (pair.loser), (pair.winner)) person (id)
    where pair.at >= %(changed_since)s::timestamptz
),
-- A region is one range of the index: '~' sorts after everything that a path is made of
published as not materialized (
    select member_id, community_id, noise, level, objecting, addresses, consents, blocked_until
    from outreach_audiencemember
    where %(communities)s::bigint[] = '{}'
      and category_id = %(category)s::bigint
      and region_path >= %(path)s::text
      and region_path < %(path)s::text || '~'
    union all
    select
        found.member_id, found.community_id, found.noise, found.level, found.objecting, found.addresses,
        found.consents, found.blocked_until
    from geo_community picked
    join outreach_audiencemember found
        on found.category_id = %(category)s::bigint
        and found.region_path = picked.region_path
        and found.community_id = picked.id
    where picked.id = any(%(communities)s::bigint[])
      and picked.region_path like %(path)s::text || '%%'
),
-- 0 objects, 1 no address, 2 no consent, 3 month used, 4 reachable; the level comes first in the line
member as (
    select
        community_id, noise,
        case when level = 4 then 0 else 5 end + case
            when consents & (select bit from moment) <> 0 then
                case when blocked_until > (select t from moment) then 3 else 4 end
            when addresses & (select bit from moment) <> 0 then 2
            when objecting then 0
            else 1
        end as part
    from published
    where not exists (select from touched where touched.member_id = published.member_id)
    union all
    select
        found.community_id, found.noise,
        case when found.level = 4 then 0 else 5 end + case
            when person.refuses_profiling then 0
            when not exists (
                select from members_contactpoint address
                where address.member_id = person.id and address.channel = %(channel)s::smallint
            ) then 1
            when consent.given is not true then 2
            when guard.blocked_until > (select t from moment) then 3
            else 4
        end
    from touched
    join outreach_audiencemember found
        on found.member_id = touched.member_id and found.category_id = %(category)s::bigint
    join members_member person on person.id = found.member_id
    left join members_consentstate consent
        on consent.member_id = person.id and consent.channel = %(channel)s::smallint and consent.purpose = 1
    left join outreach_contactguard guard on guard.member_id = person.id
    where found.region_path >= %(path)s::text
      and found.region_path < %(path)s::text || '~'
      and (%(communities)s::bigint[] = '{}' or found.community_id = any(%(communities)s::bigint[]))
      and person.erased_at is null
      and person.merged_into is null
),
line as (
    select
        max(noise) as noise,
        (count(*) filter (where part = 0))::int as p0, (count(*) filter (where part <= 1))::int as p1,
        (count(*) filter (where part <= 2))::int as p2, (count(*) filter (where part <= 3))::int as p3,
        (count(*) filter (where part <= 4))::int as p4, (count(*) filter (where part <= 5))::int as p5,
        (count(*) filter (where part <= 6))::int as p6, (count(*) filter (where part <= 7))::int as p7,
        (count(*) filter (where part <= 8))::int as p8, count(*)::int as p9
    from member
    group by community_id
),
placed as materialized (
    select *, place_in_five(noise, p9) as place from line
)
select
    sum(p0), sum(p1), sum(p2), sum(p3), sum(p4), sum(p5), sum(p6), sum(p7), sum(p8), sum(p9),
    sum((p0 + place) / 5 * 5), sum((p1 + place) / 5 * 5), sum((p2 + place) / 5 * 5), sum((p3 + place) / 5 * 5),
    sum((p4 + place) / 5 * 5), sum((p5 + place) / 5 * 5), sum((p6 + place) / 5 * 5), sum((p7 + place) / 5 * 5),
    sum((p8 + place) / 5 * 5), sum((p9 + place) / 5 * 5)
from placed
