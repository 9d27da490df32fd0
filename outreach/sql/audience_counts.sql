-- How many members of an area need something of a category, and how many of them cannot be reached and why: each
-- under the first reason that applies. The published counts and nothing else, so that nobody's act shows before the
-- next night: whom a broadcast reaches is decided when it gathers and claims.
--
-- Parameters: category (id), channel, path (of the region), communities (bigint[]; empty: all of the region).
--
-- As shown, the members of a community stand in one line (AudienceCell) and every fifth is counted as five, beginning
-- at a place that nobody knows. So parts are multiples of 5, right on average, and add up in every community, at
-- both levels, to totals that are the same for every channel (docs/adr/0012). Gives ten sums as they are, each
-- holding the ones before it, then the ten as shown.
--
-- A region is one range of the index: '~' sorts after everything that a path is made of
with cell as not materialized (
    select noise, lines
    from outreach_audiencecell
    where %(communities)s::bigint[] = '{}'
      and category_id = %(category)s::bigint
      and region_path >= %(path)s::text
      and region_path < %(path)s::text || '~'
    union all
    select found.noise, found.lines
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
        lines[%(channel)s::int][1] as p0, lines[%(channel)s::int][2] as p1, lines[%(channel)s::int][3] as p2,
        lines[%(channel)s::int][4] as p3, lines[%(channel)s::int][5] as p4, lines[%(channel)s::int][6] as p5,
        lines[%(channel)s::int][7] as p6, lines[%(channel)s::int][8] as p7, lines[%(channel)s::int][9] as p8,
        lines[%(channel)s::int][10] as p9
    from cell
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
