"""What to draw around a place, so that whoever sets its point sees where they are."""

from collections.abc import Sequence

from django.contrib.gis.geos import MultiPolygon

from geo.models import Region

MOST = 100  # outlines on one map
FINEST_FIRST = (Region.Level.DISTRICT, Region.Level.CITY, Region.Level.PROVINCE, Region.Level.COUNTRY)


def surroundings(region: Region | None) -> Sequence[MultiPolygon]:
    """WGS-84 boundaries of the region and its neighbours under the same parent, at most 100.

    Without a region those of the lowest level, of districts at most, that has no more than 100 of them.
    """
    drawn = Region.objects.exclude(boundary=None).order_by("id")
    if region is not None:
        around = drawn.filter(parent=region.parent_id) if region.parent_id else drawn.filter(pk=region.pk)
        found = list(around.exclude(pk=region.pk)[: MOST - 1]) + list(drawn.filter(pk=region.pk))
        return [one.boundary for one in found if one.boundary]
    for level in FINEST_FIRST:
        found = list(drawn.filter(level=level)[: MOST + 1].only("boundary"))
        if 0 < len(found) <= MOST:
            return [one.boundary for one in found if one.boundary]
    return []
