-- Of each community to place: its region so far, the city and district that its labels name, its point and
-- boundary in WGS-84.
select
    choice.community_id, community.region_id, choice.city_id, choice.district_id,
    ST_X(choice.point), ST_Y(choice.point), ST_AsBinary(choice.boundary)
from choice
join geo_community community on community.id = choice.community_id
order by choice.community_id
