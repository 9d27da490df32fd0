"""Vector tiles of the map: communities with protected figures, districts at low zooms.

The key of a cached tile names all that its content depends on: the version of the figures and places, the
reader's scope (readers of one region share tiles), the category and z/x/y.
"""

import gzip
import hashlib
import logging
import time
from dataclasses import dataclass

from django.core.cache import caches
from django.db import connection, transaction
from redis.exceptions import RedisError

from geo.errors import TileOutOfRange
from geo.sql import load
from members.models import Category

MIN_ZOOM, MAX_ZOOM = 3, 16
LAST_ZOOM_OF_DISTRICTS = 10
MOST_FEATURES = 4000  # about 250 KB before compression; more cannot be told apart on a phone
TILE_SECONDS = 3600  # an administrator's edit of a community reaches the map within this time
VERSION_SECONDS = 5.0
STATEMENT_TIMEOUT_MS = 3000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tile:
    """A gzipped Mapbox Vector Tile and the ETag that stands for exactly its content's key."""

    content: bytes
    etag: str


def tile_etag(*, path: str, category: str, z: int, x: int, y: int) -> str:
    """The ETag of a tile without making it. Raises TileOutOfRange."""
    if not (MIN_ZOOM <= z <= MAX_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        raise TileOutOfRange
    key = f"{map_version()}|{path}|{category}|{z}/{x}/{y}"
    return hashlib.sha256(key.encode()).hexdigest()[:24]


def community_tile(*, path: str, category: str, z: int, x: int, y: int) -> Tile:
    """The tile for readers whose scope is ``path``, figures of the category with this code.

    From the cache where it is there; without Redis it is made each time. Raises TileOutOfRange and
    Category.DoesNotExist.
    """
    etag = tile_etag(path=path, category=category, z=z, x=x, y=y)
    cached = _cached(etag)
    if cached is not None:
        return Tile(cached, etag)
    # level 1: a third of the bytes for a tenth of the time that the SQL takes
    content = gzip.compress(_make(path, category, z, x, y), compresslevel=1, mtime=0)
    _keep(etag, content)
    return Tile(content, etag)


def _make(path: str, category: str, z: int, x: int, y: int) -> bytes:
    name = "tile_of_districts" if z <= LAST_ZOOM_OF_DISTRICTS else "tile_of_communities"
    category_id = Category.objects.values_list("id", flat=True).get(code=category)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local statement_timeout = {STATEMENT_TIMEOUT_MS}")
        cursor.execute(
            load("outreach", name),
            {"z": z, "x": x, "y": y, "category": category_id, "path": path, "most": MOST_FEATURES},
        )
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
