-- What is known of where communities are: community, city, district of the community itself, and of each row
-- its city and district label and its trusted point. Parameter: community ids.
select community.id, community.city_id, community.district_id, '', '', ST_X(community.point), ST_Y(community.point)
from geo_community community
where community.id = any(%(communities)s)
union all
select
    row.community_id, community.city_id, null, row.city_label, row.district_label,
    case when source.trusts_points then ST_X(row.point) end, case when source.trusts_points then ST_Y(row.point) end
from geo_communitysource row
join geo_community community on community.id = row.community_id
join geo_placesource source on source.id = row.source_id
where row.community_id = any(%(communities)s)
