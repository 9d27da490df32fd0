-- Left over only where the caller holds the transaction open over several files.
drop table if exists purchases_in, purchases_resolved;
-- The file's readable rows: the member by the hash of a number or by the key of a record of the same system.
create temporary table purchases_in (
    line integer not null,
    record_key text not null,
    bidx bytea,
    member_key text,
    product_id bigint not null,
    category_id bigint not null,
    store_id bigint,
    channel text not null,
    bought_on date not null,
    price numeric(10, 2)
) on commit drop;
create temporary table purchases_resolved (
    line integer not null,
    member_id bigint,
    community_id bigint,
    household bigint,
    holder_id bigint,  -- who has a purchase of this key already
    erased_on date
) on commit drop;
