-- Left over only where the caller holds the transaction open over several files.
drop table if exists members_in, members_resolved;
-- The file's readable rows. record_id and member_id are allotted in advance: they are used where the row turns
-- out to be a new record, a new person. Nothing here is readable: the number as hash, payload and values encrypted.
create temporary table members_in (
    line integer not null,
    record_key text not null,
    record_id bigint not null,
    member_id bigint not null,
    bidx bytea not null,
    record_bidx bytea not null,
    digest bytea not null,
    payload bytea not null,
    phone bytea not null,
    email_bidx bytea,
    email bytea,
    surname text not null,
    title text not null,
    community_id bigint,
    household bigint,
    member_since date
) on commit drop;
-- The planner needs the number of rows, not their values: 300 rows are looked at instead of 30,000.
alter table members_in alter column line set statistics 1;
-- What became of each row that is neither unchanged nor refused.
create temporary table members_resolved (
    line integer not null,
    record_id bigint not null,
    member_id bigint not null,
    is_new_record boolean not null,
    is_new_member boolean not null,
    is_erased boolean not null
) on commit drop;
