"""Geometries as the places need them: valid multi-polygons in WGS-84 and as the map draws them.

All functions take and return numpy arrays of shapely geometries, ``None`` for none.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import convert, to_display

Shapes = NDArray[np.object_]


def mended(shapes: Shapes | Sequence[Any]) -> Shapes:
    """Each shape as a valid MultiPolygon: self-touching rings are mended, what is no polygon is dropped.

    A shape without any polygon comes back as None.
    """
    flat = shapely.force_2d(np.asarray(shapes, dtype=object))
    broken = ~shapely.is_valid(flat) & ~shapely.is_missing(flat)
    if broken.any():
        flat[broken] = shapely.make_valid(flat[broken])
    return np.array([_polygons(shape) for shape in flat], dtype=object)


def _polygons(shape: Any) -> Any:
    if shape is None or shape.is_empty:
        return None
    parts = shapely.get_parts(shape)
    while (nested := shapely.get_type_id(parts) > shapely.GeometryType.POLYGON).any():
        parts = np.concatenate([parts[~nested], shapely.get_parts(parts[nested])])
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    return shapely.multipolygons(parts) if len(parts) else None


def converted(shapes: Shapes, source: str, target: str) -> Shapes:
    """The shapes with every vertex moved from one system to the other (geo.crs.Crs)."""
    return _moved(shapes, lambda x, y: convert(x, y, source, target))


def displayed(shapes: Shapes, display_crs: str) -> Shapes:
    """WGS-84 shapes in the Web Mercator of a map drawn in ``display_crs``."""
    return _moved(shapes, lambda x, y: to_display(x, y, display_crs))


def _moved(shapes: Shapes, move: Any) -> Shapes:
    moved: Shapes = shapely.transform(
        np.asarray(shapes, dtype=object), lambda xy: np.column_stack(move(xy[:, 0], xy[:, 1]))
    )
    return moved


def inner_points(shapes: Shapes) -> Shapes:
    """The point of each shape that is farthest from its edge, where a label has most room around it.

    To within some percent of the shape's size: the edge is made coarser first, because of the time it takes.
    """
    coarse = shapely.simplify(shapes, 0.01 * np.sqrt(shapely.area(shapes)))
    # The circle comes as the line from its centre to the edge
    centres: Shapes = shapely.get_point(shapely.maximum_inscribed_circle(coarse), 0)
    outside = ~shapely.is_missing(shapes) & ~shapely.intersects(shapes, centres)
    centres[outside] = shapely.point_on_surface(shapes[outside])
    return centres


def ewkb(shapes: Shapes, srid: int) -> list[str | None]:
    """As PostGIS reads it in COPY: hexadecimal EWKB, None for none."""
    texts: list[str | None] = shapely.to_wkb(
        shapely.set_srid(np.asarray(shapes, dtype=object), srid), hex=True, include_srid=True
    ).tolist()
    return texts
