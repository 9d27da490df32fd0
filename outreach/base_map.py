"""The base map below our own figures: a setting, read here and nowhere else.

Raster tiles (an address with {z}, {x} and {y}) or the address of a MapLibre style. Either lives on one host, the
only one that the map's page may ask beside our own. Its coordinate system is settings.MAP_CRS; places are drawn
from columns stored in it.
"""

import re
from dataclasses import dataclass

from django.conf import settings

from outreach.errors import BadBaseMap

_ADDRESS = re.compile(r"(?P<origin>(?P<scheme>https?)://(?P<host>[a-z0-9.-]+)(:\d{1,5})?)/(?P<rest>[^\s\"'<>]*)")
_PLACES = {"z", "x", "y"}
_LOCAL = {"127.0.0.1", "localhost"}


@dataclass(frozen=True, slots=True)
class BaseMap:
    address: str
    origin: str  # scheme, host and port, as the content policy names them
    is_raster: bool
    attribution: str


def base_map() -> BaseMap | None:
    """The base map of the settings; None where there is none. Raises BadBaseMap."""
    address: str = settings.BASE_MAP_URL
    if not address:
        return None
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise BadBaseMap("it is not an address like https://host/path")
    if found["scheme"] == "http" and found["host"] not in _LOCAL:
        raise BadBaseMap("it must begin with https://")
    named = set(re.findall(r"\{([^{}]*)\}", found["rest"]))
    if named and named != _PLACES:
        raise BadBaseMap("tiles are named by {z}, {x} and {y}, each of them and nothing else")
    if not settings.BASE_MAP_ATTRIBUTION:
        raise BadBaseMap("BASE_MAP_ATTRIBUTION is missing, the words its provider wants on the map")
    return BaseMap(address, found["origin"], bool(named), settings.BASE_MAP_ATTRIBUTION)
