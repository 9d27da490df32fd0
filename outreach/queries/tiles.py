"""Vector tiles of the map: communities with protected figures, districts at low zooms.

The key of a cached tile names all that its content depends on: the version of the figures and places, the system
it is drawn in, the reader's scope (readers of one region share tiles), the category and z/x/y.
"""

import gzip
import hashlib
import logging
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import caches
from django.db import connection
from redis.exceptions import RedisError

from geo.errors import TileOutOfRange
from geo.sql import load
from members.queries.catalogue import category_id
from outreach.queries.visible import holds_one_district

MIN_ZOOM, MAX_ZOOM = 3, 16
LAST_ZOOM_OF_DISTRICTS = 10
LAST_ZOOM_OF_ONE_DISTRICT = 8  # for readers who have no second one to compare it with
MOST_FEATURES = 4000  # about 250 KB before compression; more cannot be told apart on a phone
ALL_NAMED_FROM = 12  # zoom
NAMED = 60  # in a tile of lower zoom
TILE_SECONDS = 3600  # an administrator's edit of a community reaches the map within this time
VERSION_SECONDS = 5.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class TileKey:
    """All that a tile's content depends on but for the version: the reader's scope, category code, position.

    Raises TileOutOfRange for a position that is not served.
    """

    path: str
    category: str
    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not (MIN_ZOOM <= self.z <= MAX_ZOOM and 0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z):
            raise TileOutOfRange

    def etag(self) -> str:
        """Names the content as of now; 24 characters."""
        key = f"{map_version()}|{settings.MAP_CRS}|{self.path}|{self.category}|{self.z}/{self.x}/{self.y}"
        return hashlib.sha256(key.encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Tile:
    """A gzipped Mapbox Vector Tile and the ETag of the key it was made for."""

    content: bytes
    etag: str


def community_tile(key: TileKey) -> Tile:
    """The tile, from the cache where it is there; without Redis it is made each time.

    Raises Category.DoesNotExist.
    """
    etag = key.etag()
    cached = _cached(etag)
    if cached is not None:
        return Tile(cached, etag)
    # level 1: a third of the bytes for a tenth of the time that the SQL takes
    content = gzip.compress(_make(key), compresslevel=1, mtime=0)
    _keep(etag, content)
    return Tile(content, etag)


def _make(key: TileKey) -> bytes:
    is_far = key.z <= LAST_ZOOM_OF_ONE_DISTRICT or (
        key.z <= LAST_ZOOM_OF_DISTRICTS and not holds_one_district(key.path)
    )
    name = "tile_of_districts" if is_far else "tile_of_communities"
    parameters: dict[str, int | str] = {
        "z": key.z, "x": key.x, "y": key.y, "category": category_id(key.category), "path": key.path,
        "most": MOST_FEATURES, "all_named_from": ALL_NAMED_FROM, "named": NAMED,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(load("outreach", name), parameters)
        row = cursor.fetchone()
    return bytes(row[0]) if row else b""


def _cached(etag: str) -> bytes | None:
    try:
        content: bytes | None = caches["tiles"].get(etag)
    except RedisError:
        log.warning("tile cache not reachable")
        return None
    return content


def _keep(etag: str, content: bytes) -> None:
    try:
        caches["tiles"].set(etag, content, TILE_SECONDS)
    except RedisError:
        log.warning("tile cache not reachable")


class _Version:
    text = ""
    read_at = float("-inf")


def map_version() -> str:
    """Names the figures and places that are published now; read at most every 5 s in a process."""
    now = time.monotonic()
    if now - _Version.read_at > VERSION_SECONDS:
        with connection.cursor() as cursor:
            cursor.execute(load("outreach", "map_version"))
            row = cursor.fetchone()
        _Version.text, _Version.read_at = str(row[0]) if row else "", now
    return _Version.text
