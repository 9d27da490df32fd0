"""Draw all places anew, in the map's system of now."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import shapely
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from geo.actions.lock_places import lock_places
from geo.models import Community, Region
from geo.shapes import Shapes, displayed, ewkb, inner_points, mended
from geo.sql import load

BATCH = 5000


@transaction.atomic
def redraw_places() -> tuple[int, int]:
    """Store every place as a map in settings.MAP_CRS draws it; how many regions and communities there are.

    Readers see the old drawings until all are new. Waits for imports of places, and they wait for it.
    """
    lock_places()
    with connection.cursor() as cursor:
        cursor.execute(load("geo", "stage_drawings"))
        regions = Region.objects.exclude(boundary=None).order_by("pk").values_list("pk", "boundary")
        drawn_regions = 0
        for ids, (boundaries,) in _batches(regions.iterator(BATCH), 1):
            drawings = mended(displayed(boundaries, settings.MAP_CRS))
            _stage(cursor, "region", ids, ewkb(drawings, 3857), ewkb(inner_points(drawings), 3857))
            drawn_regions += len(ids)
        communities = Community.objects.filter(Q(point__isnull=False) | Q(boundary__isnull=False))
        rows = communities.order_by("pk").values_list("pk", "boundary", "point")
        drawn_communities = 0
        for ids, (boundaries, points) in _batches(rows.iterator(BATCH), 2):
            drawings = mended(displayed(boundaries, settings.MAP_CRS))
            _stage(cursor, "community", ids, ewkb(drawings, 3857), ewkb(displayed(points, settings.MAP_CRS), 3857))
            drawn_communities += len(ids)
        for name in ("redraw_regions", "redraw_communities", "drop_drawings"):
            cursor.execute(load("geo", name))
    return drawn_regions, drawn_communities


def _batches(rows: Iterator[Any], shapes: int) -> Iterator[tuple[list[int], list[Shapes]]]:
    """Ids and columns of shapes, BATCH rows at a time."""
    rows = iter(rows)
    while batch := [row for row, _ in zip(rows, range(BATCH), strict=False)]:
        columns = [[row[1 + column] for row in batch] for column in range(shapes)]
        yield [row[0] for row in batch], [_shapely(column) for column in columns]


def _shapely(geometries: Sequence[Any]) -> Shapes:
    read: Shapes = shapely.from_wkb([geometry and bytes(geometry.wkb) for geometry in geometries])
    return np.asarray(read, dtype=object)


def _stage(cursor: Any, kind: str, ids: list[int], shapes: list[str | None], points: list[str | None]) -> None:
    with cursor.copy("copy drawing from stdin") as copy:
        for row in zip([kind] * len(ids), ids, shapes, points, strict=True):
            copy.write_row(row)
