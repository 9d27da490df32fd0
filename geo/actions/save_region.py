"""Save one region that an administrator edited."""

from django.db import connection, transaction

from geo.actions.lock_places import lock_places
from geo.matching.divisions import Division, Divisions
from geo.models import Community, CommunityName, Region
from geo.sql import load


@transaction.atomic
def save_region(*, region: Region) -> None:
    """Store the region; where it hangs elsewhere than before, everything below follows.

    Paths of the regions below, and region path, district and city of the communities below, are true again
    before this returns. ``region`` must have been validated (`Region.clean`).
    """
    lock_places()
    before = Region.objects.filter(pk=region.pk).values_list("path", flat=True).first()
    region.save()
    if before in (None, region.path):
        return
    with connection.cursor() as cursor:
        for name in ("set_region_paths", "move_communities"):
            cursor.execute(load("geo", name))
    divisions = Divisions(
        Division(*row) for row in Region.objects.values_list("id", "parent_id", "level", "name", "path")
    )
    for below in Region.objects.below(region.path).values_list("id", flat=True):
        city, district = divisions.city_of(below), divisions.district_of(below)
        communities = Community.objects.filter(region_id=below)
        communities.update(city_id=city and city.id, district_id=district and district.id)
        if city:
            CommunityName.objects.filter(community__in=communities).update(city_id=city.id)
