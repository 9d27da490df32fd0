import pytest
from django.contrib.gis.geos import MultiPolygon, Polygon
from django.core.management import call_command
from django.db import connection
from pytest_django.fixtures import Settings

from geo.actions.redraw_places import redraw_places
from geo.crs import to_display
from geo.models import Community, Region
from geo.queries.drawn_in import drawn_in
from tests.conftest import Town


@pytest.mark.parametrize("crs", ["gcj02", "bd09", "wgs84"])
def test_all_places_are_drawn_in_the_maps_system(town: Town, settings: Settings, crs: str) -> None:
    settings.MAP_CRS = crs
    square = MultiPolygon(Polygon.from_bbox((120.1, 36.3, 120.11, 36.31)), srid=4326)
    Community.objects.filter(pk=town.poplar.pk).update(point=None, boundary=square)
    Community.objects.create(name="无点", region=town.north, city=town.city, region_path=town.north.path)
    assert redraw_places() == (4, 2)

    willow, poplar = Community.objects.get(pk=town.willow.pk), Community.objects.get(pk=town.poplar.pk)
    x, y = to_display([120.1], [36.3], crs)
    assert willow.point_display is not None
    assert (willow.point_display.x, willow.point_display.y) == pytest.approx((x[0], y[0]), abs=1e-6)
    assert poplar.point_display is None
    assert poplar.boundary_display is not None
    assert poplar.boundary_display.extent[:2] == pytest.approx(
        (x[0], y[0]), abs=5
    )  # metres: corners do not all move alike
    north = Region.objects.get(pk=town.north.pk)
    x, y = to_display([120.0], [36.2], crs)
    assert north.boundary_display is not None
    assert north.boundary_display.extent[:2] == pytest.approx((x[0], y[0]), abs=100)
    assert north.centre_display is not None
    assert north.boundary_display.contains(north.centre_display)
    assert [other for other in ("wgs84", "gcj02", "bd09") if drawn_in(other)] == [crs]


def _versions() -> list[str]:
    """Where each community's row lies, which every write changes."""
    with connection.cursor() as cursor:
        cursor.execute("select ctid::text from geo_community order by id")
        return [row[0] for row in cursor.fetchall()]


def test_what_is_drawn_right_is_left_alone(town: Town, settings: Settings) -> None:
    settings.MAP_CRS = "bd09"
    redraw_places()
    before = _versions()
    redraw_places()
    after = _versions()
    assert before == after
    assert len(before) == 2


def test_the_command_says_what_it_did(town: Town, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.MAP_CRS = "gcj02"
    call_command("redraw_map")
    assert capsys.readouterr().out == "4 regions and 2 communities are drawn in gcj02\n"


def test_without_places_every_system_is_right(db: None) -> None:
    assert drawn_in("gcj02")
