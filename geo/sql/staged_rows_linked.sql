-- Staged rows whose key another source has too: line, community, name and city label there.
-- 链家 and 贝壳 share their numbers; whether two rows are one entry is judged in geo/matching/communities.py.
-- Parameter: source.
select stage.line, other.community_id, other.name, other.city_label
from community_stage stage
join geo_communitysource other on other.source_key = stage.source_key
where other.source_id <> %s
order by stage.line, other.community_id
