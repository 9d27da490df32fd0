from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from geo import sql
from geo.publishing import replacing
from members.models import CommunityCount, CommunityStat, PublishedFigures, RegionStat
from members.scoring.levels import POTENTIAL_BUYER_FROM


@dataclass(frozen=True, slots=True)
class BuiltStats:
    """Rows published: one per community and category, one per region and category."""

    community_rows: int
    region_rows: int


def build_community_stats(*, tell: Callable[[str], object] = lambda step: None) -> BuiltStats:
    """Count members, owning households and potential buyers of every community and category, and publish them.

    Only protected counts are published (CommunityStat); regions are sums of them (RegionStat). A figure stays until its
    count has moved by 5 since it was published (CommunityCount): docs/adr/0016. The tables are swapped together, so map
    and list never disagree. Reads the needs as last published. ``tell`` hears each step.

    Raises geo.errors.TableBusy; then nothing is changed.
    """
    as_of = timezone.now()
    with replacing(CommunityCount, CommunityStat, RegionStat) as cursor:
        parameters = {"potential_buyer_from": POTENTIAL_BUYER_FROM}
        sql.run(cursor, "members", "build_community_stats", parameters, tell)
        cursor.execute(
            "select (select count(*) from members_communitystat_new), (select count(*) from members_regionstat_new)"
        )
        community_rows, region_rows = cursor.fetchone()
        PublishedFigures.objects.published(PublishedFigures.Kind.COMMUNITY_STATS, as_of)
    return BuiltStats(community_rows, region_rows)
