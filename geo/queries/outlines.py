"""Which region a point lies in, for whole arrays of points."""

from functools import cache
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.models import Region

Ids = NDArray[np.int64]


class Outlines:
    """The boundaries of regions, read from the database when first asked for and kept prepared.

    Points are WGS-84 degrees; a region without a boundary holds no point. Asking shapely here instead of
    PostGIS saves reading a boundary of thousands of vertices anew for every point.
    """

    def __init__(self) -> None:
        self._outline = cache(_outline)
        self._areas = cache(_areas)

    def has(self, region_id: int) -> bool:
        return self._outline(region_id) is not None

    def holds(self, region_id: int, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        """For each point, whether the region holds it."""
        outline = self._outline(region_id)
        if outline is None:
            return np.zeros(len(lon), dtype=bool)
        inside: NDArray[np.bool_] = shapely.intersects_xy(outline, lon, lat)
        return inside

    def first_of(self, region_ids: list[int], lon: NDArray[np.float64], lat: NDArray[np.float64]) -> Ids:
        """For each point the first of the regions that holds it, 0 for none."""
        found = np.zeros(len(lon), dtype=np.int64)
        for region_id in region_ids:
            left = np.flatnonzero(found == 0)
            if not len(left):
                break
            found[left[self.holds(region_id, lon[left], lat[left])]] = region_id
        return found

    def sales_areas(self, path: str) -> list[int]:
        """Sales areas with a boundary under the region with this path, the smallest first."""
        return self._areas(path)


def _outline(region_id: int) -> Any:
    boundary = Region.objects.filter(id=region_id).values_list("boundary", flat=True).first()
    if boundary is None:
        return None
    outline = shapely.from_wkb(bytes(boundary.wkb))
    shapely.prepare(outline)
    return outline


def _areas(path: str) -> list[int]:
    areas = Region.objects.below(path).filter(level=Region.Level.AREA, boundary__isnull=False)
    sized = [(boundary.area, area) for area, boundary in areas.values_list("id", "boundary") if boundary]
    return [area for _, area in sorted(sized)]
