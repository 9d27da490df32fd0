-- What the source has corrected. Community and household stay those of the time. Parameters: system.
update members_purchase purchase
set product_id = row.product_id, category_id = row.category_id, store_id = row.store_id, channel = row.channel,
    bought_on = row.bought_on, price = row.price
from purchases_resolved resolved
join purchases_in row using (line)
where resolved.holder_id is not null
    and purchase.member_id = resolved.member_id
    and purchase.system = %s
    and purchase.record_key = row.record_key
    and (purchase.product_id, purchase.category_id, purchase.store_id, purchase.channel, purchase.bought_on,
        purchase.price)
        is distinct from
        (row.product_id, row.category_id, row.store_id, row.channel, row.bought_on, row.price)
