-- Staged rows whose key another source has in the same city: line, community, name there.
-- 链家 and 贝壳 share their numbers; whether the names agree is judged in geo/matching/communities.py.
-- Parameter: source.
select stage.line, other.community_id, other.name
from community_stage stage
join geo_communitysource other on other.source_key = stage.source_key and other.city_label = stage.city_label
where other.source_id <> %s
order by stage.line, other.community_id
