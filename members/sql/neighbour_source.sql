-- What the neighbour lists are made of: purchases of models that are still sold
create temporary view neighbour_source as
select
    purchase.community_id, community.district_id, community.city_id, purchase.category_id, purchase.product_id,
    purchase.household, purchase.bought_on
from members_purchase purchase
join members_product product on product.id = purchase.product_id and product.is_sold
left join geo_community community on community.id = purchase.community_id;
