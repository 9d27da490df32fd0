-- The demo's communities with their names and source rows. Parameter: the id of its city.
-- Regions, stores and staff stay: they are brought up to date by code, so that sign-ins and links go on.
with gone as (
    delete from geo_communitysource where community_id in (select id from geo_community where city_id = %(city)s)
), nameless as (
    delete from geo_communityname where city_id = %(city)s
)
delete from geo_community where city_id = %(city)s
