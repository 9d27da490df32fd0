import pytest
from django.contrib.gis.geos import Point
from pytest_django.fixtures import Settings

from geo.actions.choose_values import choose_values
from geo.actions.save_community import save_community
from geo.crs import to_display
from geo.matching.divisions import Division, Divisions
from geo.models import Community, CommunitySource, PlaceSource, Region
from geo.queries.outlines import Outlines
from tests.conftest import Town


def test_a_correction_outlives_the_next_choice_among_the_sources(town: Town) -> None:
    site = PlaceSource.objects.create(name="site", rank=1)
    CommunitySource.objects.create(
        source=site, source_key="1", community=town.willow, name="垂柳新村", city_label="海澄市",
        households=900, build_year=2001, point=Point(120.11, 36.31, srid=4326),
    )  # fmt: skip
    town.willow.households = 1234
    town.willow.point = Point(120.12, 36.32, srid=4326)
    save_community(community=town.willow, changed=["households", "point"])
    divisions = Divisions(
        Division(*row) for row in Region.objects.values_list("id", "parent_id", "level", "name", "path")
    )
    choose_values(communities=[town.willow.pk], divisions=divisions, outlines=Outlines())
    willow = Community.objects.get(pk=town.willow.pk)
    assert (willow.households, willow.build_year) == (1234, 2001)
    assert willow.point is not None
    assert (willow.point.x, willow.point.y) == (120.12, 36.32)
    assert willow.point_display == town.willow.point_display
    assert willow.district == town.north


@pytest.mark.parametrize("crs", ["gcj02", "wgs84"])
def test_the_point_is_drawn_in_the_maps_own_system(town: Town, settings: Settings, crs: str) -> None:
    settings.MAP_CRS = crs
    town.willow.point = Point(120.12, 36.32, srid=4326)
    save_community(community=town.willow, changed=["point"])
    drawn = Community.objects.get(pk=town.willow.pk).point_display
    assert drawn is not None
    x, y = to_display([120.12], [36.32], crs)
    assert (drawn.x, drawn.y) == pytest.approx((x[0], y[0]), abs=1e-6)
