-- Lock the communities that rows point at; a row whose community went away since it was read loses it.
with standing as (
    select id from geo_community where id in (select community_id from members_in) for key share
)
update members_in
set community_id = null, household = null
where community_id is not null and community_id not in (select id from standing)
