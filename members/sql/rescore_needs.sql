-- Needs of all members, set-wise. Fills members_need_new; see NeedRule for what each kind of rule reads.
--
-- Parameters: today (date), level_from (integer[4], lowest score of levels 1 to 4), reasons_kept (integer).
--
-- What a member's household owns and what happened there is the same for everybody behind that door, and a
-- community's age and tier the same for all who live in it. So rules are tried once per household and once
-- per community, and what held travels as a bit mask: the score and the reasons are worked out once for each
-- set of rules that occurs, not once for each member. Members who are erased or refuse profiling take no
-- part: they get no needs, and their purchases speak for nobody else's. Who was merged into somebody left them all.

-- Rules, spread over the categories they apply to
create temporary table need_applied as
select
    rule.id as rule_id, rule.kind, category.id as category_id, rule.other_id, rule.low, rule.high,
    rule.points::integer as points, category.lifetime_years,
    (%(today)s::date - make_interval(months => rule.months))::date as since,
    (%(today)s::date + make_interval(months => rule.months))::date as until,
    -- strongest first, so that a mask lists reasons in the order in which they are shown
    1::bigint << (row_number() over (partition by category.id order by rule.points desc, rule.id) - 1)::integer as bit
from members_needrule rule
join members_category category on rule.category_id is null or rule.category_id = category.id
where rule.is_active
  and rule.points <> 0
  and (rule.kind <> 'premium_owner' or category.premium_of_id is not null);

-- A premium fridge is a fridge: what is known of a variant is known of its base too
create temporary table need_family as
select id as category_id, id as counts_for from members_category
union all
select id, premium_of_id from members_category where premium_of_id is not null;

analyze need_applied, need_family;

-- What each household owns: the latest purchase in a category
create temporary table need_owned as
select buyer.household, family.counts_for as category_id, max(purchase.bought_on) as latest
from members_purchase purchase
join members_member buyer on buyer.id = purchase.member_id
join need_family family on family.category_id = purchase.category_id
where purchase.bought_on <= %(today)s::date
  and buyer.erased_at is null
  and not buyer.refuses_profiling
group by 1, 2;

-- Repairs, moves and renovations of each household
create temporary table need_event as
select member.household, event.kind, family.counts_for as category_id, event.happened_on
from members_serviceevent event
join members_member member on member.id = event.member_id
left join need_family family on family.category_id = event.category_id
where member.erased_at is null
  and not member.refuses_profiling;

analyze need_owned, need_event;

-- Rules that hold for a household
create temporary table need_fired as
select household, category_id, bit_or(bit) as mask
from (
    select owned.household, owned.category_id, rule.bit
    from need_owned owned
    join need_applied rule on rule.category_id = owned.category_id
    where rule.kind = 'appliance_age'
      and (%(today)s::date - owned.latest) / (365.25::float8 * rule.lifetime_years)
          >= coalesce(rule.low, '-infinity')
      and (%(today)s::date - owned.latest) / (365.25::float8 * rule.lifetime_years)
          < coalesce(rule.high, 'infinity')
    union all
    select owned.household, owned.category_id, rule.bit
    from need_owned owned
    join need_applied rule on rule.category_id = owned.category_id
    where rule.kind = 'recent_purchase' and owned.latest > rule.since
    union all
    -- a repair before the latest purchase was one of the appliance that is gone
    select event.household, rule.category_id, rule.bit
    from need_event event
    join need_applied rule on rule.category_id = event.category_id
    left join need_owned owned on owned.household = event.household and owned.category_id = event.category_id
    where event.kind = 'repair'
      and rule.kind = 'repairs'
      and event.happened_on > rule.since
      and event.happened_on <= %(today)s::date
      and (owned.latest is null or event.happened_on >= owned.latest)
    group by event.household, rule.category_id, rule.bit, rule.low
    having count(*) >= coalesce(rule.low, 1)
    union all
    select owned.household, rule.category_id, rule.bit
    from need_owned owned
    join need_applied rule on rule.other_id = owned.category_id
    where rule.kind = 'complement'
      and not exists (
          select from need_owned same
          where same.household = owned.household and same.category_id = rule.category_id
      )
    union all
    -- a move may lie ahead: it is booked before it happens
    select event.household, rule.category_id, rule.bit
    from need_event event
    join need_applied rule
        on rule.kind = case event.kind when 'relocation' then 'moving' when 'renovation' then 'renovating' end
    where event.happened_on > rule.since and event.happened_on <= rule.until
    union all
    select owned.household, rule.category_id, rule.bit
    from need_owned owned
    join members_category variant on variant.id = owned.category_id and variant.premium_of_id is not null
    join need_applied rule on rule.kind = 'premium_owner'
) held
group by household, category_id;

-- Rules that hold for a community
create temporary table need_community as
select community.id as community_id, rule.category_id, bit_or(rule.bit) as mask, sum(rule.points) as points
from geo_community community
join need_applied rule
    on (
        rule.kind = 'community_age'
        and extract(year from %(today)s::date)::integer - community.build_year >= coalesce(rule.low, '-infinity')
        and extract(year from %(today)s::date)::integer - community.build_year < coalesce(rule.high, 'infinity')
    )
    or (
        rule.kind = 'price_tier'
        and community.price_tier between coalesce(rule.low, '-infinity') and coalesce(rule.high, 'infinity')
    )
where exists (select from members_member member where member.community_id = community.id)
group by 1, 2;

analyze need_fired, need_community;

-- Members and the rules that hold for them
create temporary table need_pair as
select member.id as member_id, fired.category_id, fired.mask | coalesce(around.mask, 0) as mask
from members_member member
join need_fired fired on fired.household = member.household
left join need_community around
    on around.community_id = member.community_id and around.category_id = fired.category_id
where member.erased_at is null and member.merged_into is null and not member.refuses_profiling
union all
-- nothing of their own, but where they live is enough for level 1
select member.id, around.category_id, around.mask
from members_member member
join need_community around on around.community_id = member.community_id
where around.points >= (%(level_from)s::integer[])[1]
  and member.erased_at is null
  and member.merged_into is null
  and not member.refuses_profiling
  and not exists (
      select from need_fired fired
      where fired.household = member.household and fired.category_id = around.category_id
  );

analyze need_pair;

-- Score, level and reasons of each set of rules that occurs
create temporary table need_verdict as
select
    held.category_id, held.mask, verdict.score, verdict.reasons,
    width_bucket(verdict.score, %(level_from)s::integer[]) as level
from (select distinct category_id, mask from need_pair) held
cross join lateral (
    select
        least(100, greatest(0, sum(rule.points)))::integer as score,
        (array_agg(rule.rule_id::integer order by rule.bit) filter (where rule.points > 0))[1:%(reasons_kept)s::integer]
            as reasons
    from need_applied rule
    where rule.category_id = held.category_id and rule.bit & held.mask <> 0
) verdict;

analyze need_verdict;

-- Needs of level 1 and above
insert into members_need_new (member_id, category_id, level, score, reasons)
select pair.member_id, pair.category_id, verdict.level, verdict.score, verdict.reasons
from need_pair pair
join need_verdict verdict on verdict.category_id = pair.category_id and verdict.mask = pair.mask
where verdict.level >= 1
order by pair.member_id, pair.category_id;

drop table need_applied, need_family, need_owned, need_event, need_fired, need_community, need_pair, need_verdict;
