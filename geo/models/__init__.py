from geo.models.community import Community
from geo.models.community_name import CommunityName
from geo.models.community_source import CommunitySource
from geo.models.import_run import ImportRun
from geo.models.place_source import PlaceSource
from geo.models.region import Region
from geo.models.retention_rule import RetentionRule

__all__ = ["Community", "CommunityName", "CommunitySource", "ImportRun", "PlaceSource", "Region", "RetentionRule"]
