-- The distinct labels in the rows of the communities to choose for.
select distinct row.city_label, row.district_label
from geo_communitysource row
join choice_community using (community_id)
