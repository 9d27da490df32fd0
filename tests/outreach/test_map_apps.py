"""Each app gets the point in the system that it expects."""

import re
from urllib.parse import unquote, urlsplit

import pytest

from geo.crs import convert
from outreach.map_apps import map_apps

NAME = "垂柳新村(东区)&1#"
WGS84 = (120.1, 36.3)


def links() -> dict[str, str]:
    return {app.code: app.address for app in map_apps(NAME, *WGS84)}


def degrees(text: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?\d+\.\d{6}", text)]


@pytest.mark.parametrize(
    ("app", "crs", "latitude_first"),
    [("amap", "gcj02", False), ("baidu", "bd09", True), ("apple", "gcj02", True), ("geo", "wgs84", True)],
)
def test_the_point_is_in_the_apps_own_system(app: str, crs: str, latitude_first: bool) -> None:
    lon, lat = (float(value) for value in convert(*WGS84, "wgs84", crs))
    expected = [lat, lon] if latitude_first else [lon, lat]
    found = degrees(links()[app])
    assert found[:2] == pytest.approx(expected, abs=1e-6)
    assert found[2:] in ([], found[:2])


def test_the_systems_are_far_enough_apart_to_be_told() -> None:
    amap, baidu, geo = (degrees(links()[app])[:2] for app in ("amap", "baidu", "geo"))
    assert abs(amap[0] - geo[1]) > 0.001
    assert abs(baidu[1] - amap[0]) > 0.001


def test_outside_china_nothing_is_shifted() -> None:
    (amap, *_) = map_apps("Somewhere", 2.35, 48.85)
    assert degrees(amap.address) == [2.35, 48.85]


def test_a_name_cannot_leave_its_place_in_the_link() -> None:
    for code, address in links().items():
        assert "#" not in address
        assert "&1" not in address
        assert NAME in unquote(address), code
    assert urlsplit(links()["amap"]).netloc == "uri.amap.com"
    assert urlsplit(links()["baidu"]).netloc == "api.map.baidu.com"
    assert urlsplit(links()["apple"]).netloc == "maps.apple.com"
    assert links()["geo"].startswith("geo:36.300000,120.100000?q=36.300000,120.100000(")
