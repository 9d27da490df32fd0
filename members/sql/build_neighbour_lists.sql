-- Neighbour preference, set-wise. Fills members_neighbourlist_new; NeighbourList says what a row means.
--
-- Reads the relation neighbour_source (community_id, district_id, city_id, category_id, product_id, household,
-- bought_on), which the caller makes: of the purchases for the counter, of a file for the evaluation. A NULL
-- community, district or city is unknown; the purchase then counts in the places above it alone.
-- Parameters: today (date), half_life_years, shrink (double precision), models_kept (integer).

-- Latest purchase of each household and model, wherever it was: a household counts once, in one place
create temporary table neighbour_latest as
select distinct on (category_id, product_id, household)
    category_id, product_id, household, community_id, district_id, city_id,
    0.5 ^ ((%(today)s::date - bought_on) / (365.25 * %(half_life_years)s::float8)) as weight
from neighbour_source
where bought_on <= %(today)s::date
order by category_id, product_id, household, bought_on desc, community_id;

analyze neighbour_latest;

-- Models with at least 5 households behind them, at each level
create temporary table neighbour_visible as
select 0 as level, community_id as place_id, category_id, product_id, count(*)::integer as households, sum(weight) as weight
from neighbour_latest
where community_id is not null
group by community_id, category_id, product_id
having protected_count(count(*)) is not null
union all
select 1, -district_id, category_id, product_id, count(*), sum(weight)
from neighbour_latest
where district_id is not null
group by district_id, category_id, product_id
having protected_count(count(*)) is not null
union all
select 2, -city_id, category_id, product_id, count(*), sum(weight)
from neighbour_latest
where city_id is not null
group by city_id, category_id, product_id
having protected_count(count(*)) is not null
union all
select 3, 0, category_id, product_id, count(*), sum(weight)
from neighbour_latest
group by category_id, product_id
having protected_count(count(*)) is not null;

-- What is visible in a place, over all models
create temporary table neighbour_total as
select level, place_id, category_id, sum(weight) as total
from neighbour_visible
group by level, place_id, category_id;

analyze neighbour_visible, neighbour_total;

-- The places, the place above each, and the total at each level from there up
create temporary table neighbour_ladder as
select
    own.level, own.place_id, own.category_id, own.total,
    case own.level when 3 then null else coalesce(
        case when own.level < 1 then above.district end, case when own.level < 2 then above.city end, 0
    ) end as parent_id,
    array[
        case own.level when 0 then own.total else 0 end,
        coalesce(case when own.level = 1 then own.total else district.total end, 0),
        coalesce(case when own.level = 2 then own.total else city.total end, 0),
        country.total
    ] as totals
from neighbour_total own
left join (
    select 0 as level, community_id as place_id, -min(district_id) as district, -min(city_id) as city
    from neighbour_latest
    where community_id is not null
    group by community_id
    union all
    select 1, -district_id, null, -min(city_id)
    from neighbour_latest
    where district_id is not null
    group by district_id
) above on above.level = own.level and above.place_id = own.place_id
left join neighbour_total district
    on district.level = 1 and district.place_id = above.district and district.category_id = own.category_id
left join neighbour_total city
    on city.level = 2 and city.place_id = above.city and city.category_id = own.category_id
join neighbour_total country on country.level = 3 and country.category_id = own.category_id;

analyze neighbour_ladder;

-- Shares in the country
create temporary table neighbour_share as
select
    ladder.place_id, ladder.category_id, visible.product_id, visible.weight / ladder.total as share,
    0 as households_0, 0 as households_1, 0 as households_2, visible.households as households_3,
    0::float8 as weight_0, 0::float8 as weight_1, 0::float8 as weight_2, visible.weight as weight_3,
    row_number() over (
        partition by ladder.place_id, ladder.category_id
        order by visible.weight desc, visible.product_id
    ) as rank
from neighbour_ladder ladder
join neighbour_visible visible
    on visible.level = 3 and visible.place_id = ladder.place_id and visible.category_id = ladder.category_id
where ladder.level = 3;

analyze neighbour_share;

-- Shares in cities: a model that is not visible there ranks by the share above, so the first ones above do
insert into neighbour_share
select
    place_id, category_id, product_id, share, 0, 0, households, households_3, 0, 0, weight, weight_3,
    row_number() over (partition by place_id, category_id order by share desc, product_id)
from (
    select
        ladder.place_id, ladder.category_id, above.product_id, above.households_3, above.weight_3,
        coalesce(visible.households, 0) as households, coalesce(visible.weight, 0) as weight,
        (coalesce(visible.weight, 0) + %(shrink)s::float8 * above.share) / (ladder.total + %(shrink)s::float8) as share
    from neighbour_ladder ladder
    join neighbour_share above on above.place_id = ladder.parent_id and above.category_id = ladder.category_id
    left join neighbour_visible visible
        on visible.level = 2 and visible.place_id = ladder.place_id
        and visible.category_id = ladder.category_id and visible.product_id = above.product_id
    where ladder.level = 2 and (visible.product_id is not null or above.rank <= %(models_kept)s::integer)
) shrunk;

analyze neighbour_share;

-- Shares in districts
insert into neighbour_share
select
    place_id, category_id, product_id, share, 0, households, households_2, households_3,
    0, weight, weight_2, weight_3,
    row_number() over (partition by place_id, category_id order by share desc, product_id)
from (
    select
        ladder.place_id, ladder.category_id, above.product_id,
        above.households_2, above.households_3, above.weight_2, above.weight_3,
        coalesce(visible.households, 0) as households, coalesce(visible.weight, 0) as weight,
        (coalesce(visible.weight, 0) + %(shrink)s::float8 * above.share) / (ladder.total + %(shrink)s::float8) as share
    from neighbour_ladder ladder
    join neighbour_share above on above.place_id = ladder.parent_id and above.category_id = ladder.category_id
    left join neighbour_visible visible
        on visible.level = 1 and visible.place_id = ladder.place_id
        and visible.category_id = ladder.category_id and visible.product_id = above.product_id
    where ladder.level = 1 and (visible.product_id is not null or above.rank <= %(models_kept)s::integer)
) shrunk;

analyze neighbour_share;

-- Shares in communities
insert into neighbour_share
select
    place_id, category_id, product_id, share, households, households_1, households_2, households_3,
    weight, weight_1, weight_2, weight_3,
    row_number() over (partition by place_id, category_id order by share desc, product_id)
from (
    select
        ladder.place_id, ladder.category_id, above.product_id,
        above.households_1, above.households_2, above.households_3,
        above.weight_1, above.weight_2, above.weight_3,
        coalesce(visible.households, 0) as households, coalesce(visible.weight, 0) as weight,
        (coalesce(visible.weight, 0) + %(shrink)s::float8 * above.share) / (ladder.total + %(shrink)s::float8) as share
    from neighbour_ladder ladder
    join neighbour_share above on above.place_id = ladder.parent_id and above.category_id = ladder.category_id
    left join neighbour_visible visible
        on visible.level = 0 and visible.place_id = ladder.place_id
        and visible.category_id = ladder.category_id and visible.product_id = above.product_id
    where ladder.level = 0 and (visible.product_id is not null or above.rank <= %(models_kept)s::integer)
) shrunk;

-- Lists, best model first
insert into members_neighbourlist_new (
    place_id, category_id, as_of, half_life_years, shrink, totals, products, levels, households, weights
)
select
    ladder.place_id, ladder.category_id, %(today)s::date, %(half_life_years)s::float8, %(shrink)s::float8,
    ladder.totals, list.products, list.levels, list.households, list.weights
from neighbour_ladder ladder
join (
    select
        place_id, category_id,
        array_agg(product_id order by rank) as products,
        array_agg(
            case
                when households_0 > 0 then 0 when households_1 > 0 then 1 when households_2 > 0 then 2 else 3
            end::smallint
            order by rank
        ) as levels,
        array_agg(array[households_0, households_1, households_2, households_3] order by rank) as households,
        array_agg(array[weight_0, weight_1, weight_2, weight_3] order by rank) as weights
    from neighbour_share
    where rank <= %(models_kept)s::integer
    group by place_id, category_id
) list on list.place_id = ladder.place_id and list.category_id = ladder.category_id
order by ladder.place_id, ladder.category_id;

drop table neighbour_latest, neighbour_visible, neighbour_total, neighbour_ladder, neighbour_share;
