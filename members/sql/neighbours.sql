-- Neighbour preference of one household in several categories: (category_id, product_id, level, position).
--
-- Parameters: places (bigint[]: the community, minus the district, minus the city, 0; nearest first),
-- household, categories (bigint[]), models (how many to name).
--
-- The own household is taken out at every level: its weight leaves the model's weight and the total, its one
-- household leaves the count, and where fewer than 5 others remain the model counts as nothing at that level
-- and falls back to its share in the place above. A purchase made since the list is taken out as well, though
-- it is not in yet: rather one household too few than one too many. Where the household bought nothing of the
-- category, the list is read as published.
--
-- `any((select ...)::bigint[])` hides the arrays' lengths from the planner. It takes an array whose length it
-- does not know to hold 10 values, so with the bare parameters it reckons a plan for the known values cheaper
-- and plans this statement anew at every call, which costs twice what running it does.
with own as materialized (
    select category_id, product_id, max(bought_on) as latest
    from members_purchase
    where household = %(household)s::bigint and category_id = any((select %(categories)s::bigint[])::bigint[])
    group by category_id, product_id
),
list as materialized (
    -- of the nearest place that has one
    select distinct on (category_id)
        category_id, products, levels, totals, households, weights, as_of, half_life_years, shrink
    from members_neighbourlist
    where place_id = any((select %(places)s::bigint[])::bigint[]) and category_id = any((select %(categories)s::bigint[])::bigint[])
    order by category_id, array_position(%(places)s::bigint[], place_id)
)
select list.category_id, model.product_id, model.level, model.position
from list
cross join lateral unnest(
    list.products[1:%(models)s::integer], list.levels[1:%(models)s::integer]
) with ordinality as model (product_id, level, position)
where list.category_id <> all(array(select category_id from own))
union all
select category_id, product_id, level, position
from (
    select
        category_id, product_id, level,
        row_number() over (
            partition by category_id
            order by
                (weight_0 + shrink * (
                    weight_1 + shrink * (
                        weight_2 + shrink * coalesce(weight_3 / nullif(total_3, 0), 0)
                    ) / (total_2 + shrink)
                ) / (total_1 + shrink)) / (total_0 + shrink) desc,
                product_id
        ) as position
    from (
        select
            category_id, product_id, shrink, weight_0, weight_1, weight_2, weight_3,
            totals[1] + sum(weight_0 - weights[place][1]) over whole as total_0,
            totals[2] + sum(weight_1 - weights[place][2]) over whole as total_1,
            totals[3] + sum(weight_2 - weights[place][3]) over whole as total_2,
            totals[4] + sum(weight_3 - weights[place][4]) over whole as total_3,
            case
                when households[place][1] > hidden then 0
                when households[place][2] > hidden then 1
                when households[place][3] > hidden then 2
                when households[place][4] > hidden then 3
            end::smallint as level
        from (
            select
                list.*, model.product_id, model.place, rule.hidden,
                case when households[place][1] > hidden then greatest(weights[place][1] - gone, 0) else 0 end as weight_0,
                case when households[place][2] > hidden then greatest(weights[place][2] - gone, 0) else 0 end as weight_1,
                case when households[place][3] > hidden then greatest(weights[place][3] - gone, 0) else 0 end as weight_2,
                case when households[place][4] > hidden then greatest(weights[place][4] - gone, 0) else 0 end as weight_3
            from list
            cross join lateral unnest(list.products) with ordinality as model (product_id, place)
            left join own on own.category_id = list.category_id and own.product_id = model.product_id
            cross join lateral (
                select
                    -- published counts are 0 or at least 5; of 5 with the own household only 4 are others
                    case when own.latest is null then 0 else 5 end as hidden,
                    case when own.latest is null then 0
                        else 0.5 ^ (greatest(0, list.as_of - own.latest) / (365.25 * list.half_life_years))
                    end as gone
            ) rule
            where list.category_id = any(array(select category_id from own))
        ) others
        window whole as (partition by category_id)
    ) shares
    where level is not null
) ranked
where position <= %(models)s::integer
