-- The spellings in the staged rows.
create temporary table community_name_stage (
    community_id bigint not null,
    name text not null,
    key text not null
) on commit drop
