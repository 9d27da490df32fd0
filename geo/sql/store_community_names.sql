-- Every spelling of the staged names, under the city its community is in.
update geo_communityname spelling
set city_id = community.city_id
from geo_community community
where community.id = spelling.community_id
  and community.id in (select community_id from community_home)
  and spelling.city_id <> community.city_id;

insert into geo_communityname (community_id, city_id, name, key)
select distinct on (staged.community_id, staged.key) staged.community_id, community.city_id, staged.name, staged.key
from community_name_stage staged
join geo_community community on community.id = staged.community_id
order by staged.community_id, staged.key, staged.name
on conflict (city_id, key, community_id) do nothing
