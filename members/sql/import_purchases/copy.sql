copy purchases_in (
    line, record_key, bidx, member_key, product_id, category_id, store_id, channel, bought_on, price
) from stdin (format binary)
