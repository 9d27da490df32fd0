-- Parameters: system.
insert into members_purchase (
    member_id, system, record_key, product_id, category_id, store_id, channel, bought_on, price, community_id,
    household
)
select
    resolved.member_id, %s, row.record_key, row.product_id, row.category_id, row.store_id, row.channel,
    row.bought_on, row.price, resolved.community_id, resolved.household
from purchases_resolved resolved
join purchases_in row using (line)
where resolved.holder_id is null
order by resolved.member_id
