import gzip
from math import asinh, floor, pi, radians, tan

import pytest
from django.contrib.gis.geos import Point
from django.core.cache import caches
from pytest_django import Settings

from geo.errors import TileOutOfRange
from geo.models import Community
from members.models import Category, CommunityStat, RegionStat
from outreach.queries import tiles
from outreach.queries.tiles import Tile, TileKey, community_tile
from tests.conftest import Town
from tests.mvt import read_tile


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    caches["tiles"].clear()
    tiles._Version.read_at = float("-inf")


@pytest.fixture
def fridge(town: Town) -> Category:
    fridge = Category.objects.create(code="fridge", name="冰箱", name_en="Fridge", lifetime_years=10)
    CommunityStat.objects.create(
        community_id=town.willow.id, category=fridge, members=60, owning_households=20, potential_buyers=35, coverage=2
    )
    CommunityStat.objects.create(community_id=town.poplar.id, category=fridge, members=10)
    RegionStat.objects.create(
        region_id=town.north.id, category=fridge, communities=1, households=1000, members=60, owning_households=20,
        potential_buyers=35, coverage=2,
    )  # fmt: skip
    return fridge


def key(path: str, z: int, lon: float, lat: float, category: str = "fridge") -> TileKey:
    x = floor((lon + 180) / 360 * 2**z)
    y = floor((1 - asinh(tan(radians(lat))) / pi) / 2 * 2**z)
    return TileKey(path, category, z, x, y)


def layers(tile: Tile) -> dict[str, list[dict[str, object]]]:
    return read_tile(gzip.decompress(tile.content))


def test_a_community_comes_with_its_figures(town: Town, fridge: Category) -> None:
    tile = layers(community_tile(key(town.north.path, 13, 120.1, 36.3)))
    assert tile["communities"] == [
        {"id": town.willow.id, "name": "垂柳新村", "households": 1000, "potential": 35, "coverage": 2}
    ]
    assert [district["name"] for district in tile["districts"]] == ["北岸区"]


def test_a_hidden_count_is_absent(town: Town, fridge: Category) -> None:
    tile = layers(community_tile(key("", 13, 120.1, 36.1)))
    assert tile["communities"] == [{"id": town.poplar.id, "name": "白杨苑", "households": 1000}]


def test_another_region_sees_nothing_of_it(town: Town, fridge: Category) -> None:
    assert layers(community_tile(key(town.south.path, 13, 120.1, 36.3))) == {}


def test_low_zooms_show_districts(town: Town, fridge: Category) -> None:
    tile = layers(community_tile(key(town.city.path, 8, 120.1, 36.3)))
    assert set(tile) == {"districts", "district_labels"}
    north = next(district for district in tile["district_labels"] if district["id"] == town.north.id)
    assert north == {
        "id": town.north.id, "name": "北岸区", "communities": 1, "households": 1000, "potential": 35, "coverage": 2
    }  # fmt: skip


def test_who_sees_one_district_sees_its_communities_from_farther_away(town: Town, fridge: Category) -> None:
    far, farther = (layers(community_tile(key(town.north.path, z, 120.1, 36.3))) for z in (9, 8))
    assert [community["id"] for community in far["communities"]] == [town.willow.id]
    assert set(farther) == {"districts", "district_labels"}
    of_two = layers(community_tile(key(town.city.path, 10, 120.1, 36.3)))
    assert set(of_two) == {"districts", "district_labels"}


def test_a_cut_tile_says_so(town: Town, fridge: Category, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "MOST_FEATURES", 2)
    for _ in range(4):
        town.willow.pk = None
        town.willow.save()
    tile = layers(community_tile(key("", 13, 120.1, 36.3)))
    assert len(tile["communities"]) == 2
    assert tile["communities"][0]["potential"] == 35
    assert tile["left_out"] == [{"communities": 3}]


def test_the_second_reader_of_a_region_is_served_from_the_cache(town: Town, fridge: Category) -> None:
    willow = key(town.north.path, 13, 120.1, 36.3)
    first = community_tile(willow)
    Community.objects.filter(id=town.willow.id).update(name="改名")
    assert community_tile(willow) == first
    caches["tiles"].clear()
    assert community_tile(willow) != first


def test_without_the_cache_tiles_are_still_made(town: Town, fridge: Category, settings: Settings) -> None:
    willow = key(town.north.path, 13, 120.1, 36.3)
    settings.CACHES = settings.CACHES | {"tiles": settings.CACHES["tiles"] | {"LOCATION": "unix:///nowhere/redis.sock"}}
    assert layers(community_tile(willow))["communities"]


@pytest.mark.parametrize(("z", "x", "y"), [(2, 0, 0), (17, 0, 0), (5, 32, 0), (5, 0, 32)])
def test_tiles_outside_the_grid_are_refused(z: int, x: int, y: int) -> None:
    with pytest.raises(TileOutOfRange):
        TileKey("", "fridge", z, x, y)


@pytest.mark.parametrize("category", ["nothing", "fridge\0", "\0"])
def test_an_unknown_category_is_no_empty_tile(town: Town, category: str) -> None:
    with pytest.raises(Category.DoesNotExist):
        community_tile(key("", 13, 120.1, 36.1, category=category))


def test_a_tile_of_another_system_is_another_tile(town: Town, fridge: Category, settings: Settings) -> None:
    position = key(town.north.path, 13, 120.1, 36.3)
    settings.MAP_CRS = "gcj02"
    before = position.etag()
    settings.MAP_CRS = "wgs84"
    assert position.etag() != before


def test_far_away_the_strongest_alone_have_names(town: Town, fridge: Category, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiles, "NAMED", 1)
    Community.objects.filter(pk=town.poplar.pk).update(point_display=Point(13369471, 4343000, srid=3857))
    shown = layers(community_tile(key("", 11, 120.1, 36.3)))["communities"]
    assert shown == [
        {"id": town.willow.id, "name": "垂柳新村", "households": 1000, "potential": 35, "coverage": 2},
        {"id": town.poplar.id},
    ]
    nearer = layers(community_tile(key("", 12, 120.1, 36.3)))["communities"]
    assert [community["name"] for community in nearer] == ["垂柳新村", "白杨苑"]
