-- Left over only where the caller holds the transaction open over several files.
drop table if exists events_in, events_resolved;
-- The file's readable rows: the member by the hash of a number or by the key of a record of the same system.
create temporary table events_in (
    line integer not null,
    record_key text not null,
    bidx bytea,
    member_key text,
    kind text not null,
    category_id bigint,
    happened_on date not null
) on commit drop;
create temporary table events_resolved (
    line integer not null,
    member_id bigint,
    holder_id bigint,  -- who has an event of this key already
    erased_on date
) on commit drop;
