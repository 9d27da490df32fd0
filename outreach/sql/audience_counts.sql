-- How many members of an area need something of a category, and how many of them cannot be reached and why: each
-- under the first reason that applies. Exact at this moment: the published audience, less the members whose
-- contacts, merges or consents changed since it was built, and those as the live tables have them now.
--
-- Parameters: category (id), min_level, channel, path (of the region), communities (bigint[]; empty: all of the
-- region), changed_since (before the audience was built).
--
-- As shown, the members of a community stand in a line in the order of the reasons and every fifth is counted as
-- five, beginning at a place that nobody knows. So parts are multiples of 5, right on average, and add up in every
-- community to a total that is the same for every channel (docs/adr/0012).
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
-- 0 objects, 1 no address, 2 no consent, 3 month used, 4 reachable
member as (
    select
        community_id, noise,
        case
            when consents & (select bit from moment) <> 0 then
                case when blocked_until > (select t from moment) then 3 else 4 end
            when addresses & (select bit from moment) <> 0 then 2
            when objecting then 0
            else 1
        end as standing
    from published
    where level >= %(min_level)s::smallint
      and member_id not in (select member_id from touched)
    union all
    select
        found.community_id, found.noise,
        case
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
    where found.level >= %(min_level)s::smallint
      and found.region_path >= %(path)s::text
      and found.region_path < %(path)s::text || '~'
      and (%(communities)s::bigint[] = '{}' or found.community_id = any(%(communities)s::bigint[]))
      and person.erased_at is null
      and person.merged_into is null
),
-- Each number holds those before it
upto as (
    select
        max(noise) as noise,
        (count(*) filter (where standing = 0))::int as objects,
        (count(*) filter (where standing <= 1))::int as no_address,
        (count(*) filter (where standing <= 2))::int as no_consent,
        (count(*) filter (where standing <= 3))::int as month_used,
        count(*)::int as reachable
    from member
    group by community_id
),
placed as materialized (
    select *, place_in_five(noise, %(min_level)s::smallint, reachable) as place from upto
)
select
    sum(objects), sum(no_address), sum(no_consent), sum(month_used), sum(reachable),
    sum((objects + place) / 5 * 5), sum((no_address + place) / 5 * 5), sum((no_consent + place) / 5 * 5),
    sum((month_used + place) / 5 * 5), sum((reachable + place) / 5 * 5)
from placed
