-- How many members of an area need something of a category, and how many of them cannot be reached and why: each
-- under the first reason that applies. Exact at this moment: the published counts, corrected for the members whose
-- messages, merges or consents changed, or whose month ended, since they were made: less what those were counted
-- as, and what the live tables say of them now.
--
-- Parameters: category (id), channel, path (of the region), communities (bigint[]; empty: all of the region),
-- changed_since (before the audience was built).
--
-- As shown, the members of a community stand in one line (AudienceCell) and every fifth is counted as five, beginning
-- at a place that nobody knows. So parts are multiples of 5, right on average, and add up in every community, at
-- both levels, to totals that are the same for every channel (docs/adr/0012). Gives ten sums as they are, each
-- holding the ones before it, then the ten as shown.
with touched as materialized (
    select member_id from outreach_message
    where claimed_at >= %(changed_since)s::timestamptz or settled_at >= %(changed_since)s::timestamptz
    union
    select member_id from members_consent where recorded_at >= %(changed_since)s::timestamptz
    union
    select person.id
    from outreach_contactmerge pair
    cross join lateral (values (pair.loser), (pair.winner)) person (id)
    where pair.at >= %(changed_since)s::timestamptz
    union
    select member_id from outreach_audiencemember where blocked_until <= statement_timestamp()
),
counted as materialized (
    select
        found.member_id, found.community_id, found.level,
        audience_part(
            found.level, found.objecting, found.addresses, found.consents, found.blocked_until is not null,
            %(channel)s::integer
        ) as part
    from touched
    join outreach_audiencemember found
        on found.member_id = touched.member_id and found.category_id = %(category)s::bigint
    where found.region_path >= %(path)s::text
      and found.region_path < %(path)s::text || '~'
      and (%(communities)s::bigint[] = '{}' or found.community_id = any(%(communities)s::bigint[]))
),
change as (
    select community_id, part, -1 as members from counted
    union all
    select
        counted.community_id,
        audience_part(
            counted.level, person.refuses_profiling,
            -- one channel is asked for, so all bits may stand for it
            case when exists (
                select from members_contactpoint address
                where address.member_id = person.id and address.channel = %(channel)s::smallint
            ) then -1 else 0 end::smallint,
            case when consent.given then -1 else 0 end::smallint,
            guard.blocked_until > statement_timestamp(), %(channel)s::integer
        ),
        1
    from counted
    join members_member person on person.id = counted.member_id
    left join members_consentstate consent
        on consent.member_id = person.id and consent.channel = %(channel)s::smallint and consent.purpose = 1
    left join outreach_contactguard guard on guard.member_id = person.id
    where person.erased_at is null and person.merged_into is null
),
correction as materialized (
    select
        community_id,
        coalesce(sum(members) filter (where part <= 0), 0)::int as c0,
        coalesce(sum(members) filter (where part <= 1), 0)::int as c1,
        coalesce(sum(members) filter (where part <= 2), 0)::int as c2,
        coalesce(sum(members) filter (where part <= 3), 0)::int as c3,
        coalesce(sum(members) filter (where part <= 4), 0)::int as c4,
        coalesce(sum(members) filter (where part <= 5), 0)::int as c5,
        coalesce(sum(members) filter (where part <= 6), 0)::int as c6,
        coalesce(sum(members) filter (where part <= 7), 0)::int as c7,
        coalesce(sum(members) filter (where part <= 8), 0)::int as c8,
        sum(members)::int as c9
    from change
    group by community_id
),
-- A region is one range of the index: '~' sorts after everything that a path is made of
cell as not materialized (
    select community_id, noise, lines
    from outreach_audiencecell
    where %(communities)s::bigint[] = '{}'
      and category_id = %(category)s::bigint
      and region_path >= %(path)s::text
      and region_path < %(path)s::text || '~'
    union all
    select found.community_id, found.noise, found.lines
    from outreach_audiencecell found
    where found.category_id = %(category)s::bigint
      and found.community_id = any(%(communities)s::bigint[])
      and found.region_path >= %(path)s::text
      and found.region_path < %(path)s::text || '~'
),
-- "offset 0": each number is worked out once and goes straight on; a materialised step would go through a file
line as (
    select
        noise,
        lines[%(channel)s::int][1] + coalesce(c0, 0) as p0, lines[%(channel)s::int][2] + coalesce(c1, 0) as p1,
        lines[%(channel)s::int][3] + coalesce(c2, 0) as p2, lines[%(channel)s::int][4] + coalesce(c3, 0) as p3,
        lines[%(channel)s::int][5] + coalesce(c4, 0) as p4, lines[%(channel)s::int][6] + coalesce(c5, 0) as p5,
        lines[%(channel)s::int][7] + coalesce(c6, 0) as p6, lines[%(channel)s::int][8] + coalesce(c7, 0) as p7,
        lines[%(channel)s::int][9] + coalesce(c8, 0) as p8, lines[%(channel)s::int][10] + coalesce(c9, 0) as p9
    from cell
    left join correction using (community_id)
    offset 0
),
placed as (
    select *, place_in_five(noise, p9) as place from line offset 0
)
select
    sum(p0), sum(p1), sum(p2), sum(p3), sum(p4), sum(p5), sum(p6), sum(p7), sum(p8), sum(p9),
    sum((p0 + place) / 5 * 5), sum((p1 + place) / 5 * 5), sum((p2 + place) / 5 * 5), sum((p3 + place) / 5 * 5),
    sum((p4 + place) / 5 * 5), sum((p5 + place) / 5 * 5), sum((p6 + place) / 5 * 5), sum((p7 + place) / 5 * 5),
    sum((p8 + place) / 5 * 5), sum((p9 + place) / 5 * 5)
from placed
