import pytest
from pytest_django.fixtures import Settings

from outreach.base_map import base_map
from outreach.errors import BadBaseMap

WORDS = "© 测试地图"


def test_there_need_not_be_one(settings: Settings) -> None:
    settings.BASE_MAP_URL = ""
    assert base_map() is None


@pytest.mark.parametrize(
    ("address", "origin", "is_raster"),
    [
        ("https://tiles.example.com/{z}/{x}/{y}.png", "https://tiles.example.com", True),
        ("https://tiles.example.com:8443/wmts?T=vec&x={x}&y={y}&l={z}&tk=0a1b", "https://tiles.example.com:8443", True),
        ("https://tiles.example.com/styles/plain.json", "https://tiles.example.com", False),
        ("http://127.0.0.1:9000/{z}/{x}/{y}", "http://127.0.0.1:9000", True),
    ],
)
def test_its_host_is_the_one_that_the_page_may_ask(
    settings: Settings, address: str, origin: str, is_raster: bool
) -> None:
    settings.BASE_MAP_URL, settings.BASE_MAP_ATTRIBUTION = address, WORDS
    ground = base_map()
    assert ground is not None
    assert (ground.address, ground.origin, ground.is_raster, ground.attribution) == (address, origin, is_raster, WORDS)


@pytest.mark.parametrize(
    "address",
    [
        "tiles.example.com/{z}/{x}/{y}.png",
        "http://tiles.example.com/{z}/{x}/{y}.png",
        "https://*.example.com/{z}/{x}/{y}.png",
        "https://{s}.example.com/{z}/{x}/{y}.png",
        "https://tiles.example.com/{z}/{x}.png",
        "https://tiles.example.com/{z}/{x}/{-y}.png",
        "https://tiles.example.com/{q}",
        "https://tiles.example.com/ x; script-src *",
        "https://name:word@tiles.example.com/{z}/{x}/{y}.png",
        "javascript:alert(1)",
    ],
)
def test_no_other_address_gets_into_the_policy(settings: Settings, address: str) -> None:
    settings.BASE_MAP_URL, settings.BASE_MAP_ATTRIBUTION = address, WORDS
    with pytest.raises(BadBaseMap) as refused:
        base_map()
    assert address not in str(refused.value)


def test_a_provider_is_named(settings: Settings) -> None:
    settings.BASE_MAP_URL, settings.BASE_MAP_ATTRIBUTION = "https://tiles.example.com/{z}/{x}/{y}.png", ""
    with pytest.raises(BadBaseMap, match="BASE_MAP_ATTRIBUTION"):
        base_map()
