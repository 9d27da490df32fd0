"""Save one community that an administrator edited."""

from collections.abc import Collection

from django.conf import settings
from django.contrib.gis.geos import Point
from django.db import transaction

from geo.actions.lock_places import lock_places
from geo.actions.name_community import name_community
from geo.crs import Crs, to_display
from geo.matching.divisions import Division, Divisions
from geo.models import Community, CommunityName, CommunitySource, PlaceSource, Region

BY_HAND = "by-hand"
FACTS = ("name", "address", "households", "buildings", "build_year", "price_tier", "point")


@transaction.atomic
def save_community(*, community: Community, changed: Collection[str]) -> None:
    """Store the community with everything that is derived from its point and its region.

    ``changed`` are the names of the fields that were edited. Each fact among them becomes the value of a row
    of the source "by-hand", which outranks every other, so that no import takes the correction back. A name
    is also one that the community is found by from now on.
    """
    lock_places()
    _place(community)
    community.save()
    CommunityName.objects.filter(community=community).exclude(city=community.city).update(city=community.city)
    if community.city:
        name_community(community=community, name=community.name)
    facts = [field for field in FACTS if field in changed]
    if facts:
        row = _row_by_hand(community, facts)
        community.chosen = community.chosen | dict.fromkeys(facts, row.pk)
        community.save(update_fields=["chosen"])


def _place(community: Community) -> None:
    """Region path, district, city, and the point as the map draws it."""
    divisions = Divisions(
        Division(*row) for row in Region.objects.values_list("id", "parent_id", "level", "name", "path")
    )
    city, district = divisions.city_of(community.region_id), divisions.district_of(community.region_id)
    community.region_path = divisions.by_id[community.region_id].path
    community.city_id = city.id if city else None
    community.district_id = district.id if district else None
    community.point_display = None
    if community.point:
        x, y = to_display([community.point.x], [community.point.y], settings.MAP_CRS)
        community.point_display = Point(float(x[0]), float(y[0]), srid=3857)


def _row_by_hand(community: Community, facts: Collection[str]) -> CommunitySource:
    """The community's row of the source "by-hand" with these facts taken over, those from before kept."""
    source, _ = PlaceSource.objects.get_or_create(name=BY_HAND, defaults={"rank": 0})
    row = CommunitySource.objects.filter(source=source, source_key=str(community.pk)).first()
    row = row or CommunitySource(source=source, source_key=str(community.pk))
    row.community = community
    for field in facts:
        setattr(row, field, getattr(community, field))
    row.name = community.name
    row.city_label = community.city.name if community.city else ""
    row.district_label = community.district.name if community.district else ""
    if "point" in facts:
        point = community.point
        row.raw_x, row.raw_y = (point.x, point.y) if point else (None, None)
        row.raw_crs = Crs.WGS84.value if point else ""
    row.save()
    return row
