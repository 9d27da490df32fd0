"""The invented city's outline: 海澄市 on an island off no known coast, split by a bay and its river.

Drawn in kilometres (x east, y north) around a centre in open sea near 36 N, 121.5 E, then placed on the
globe. Sales areas are the cells of one Voronoi diagram cut by the shore; a smooth displacement bends their
straight edges, so that neighbours still share every border. Districts are unions of their sales areas.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry

Floats = npt.NDArray[np.float64]

CENTRE = (121.5, 36.0)
KM_PER_DEGREE = (90.16, 110.96)  # of longitude and latitude at 36 N
_SHORE_RADIUS = 21.0
_EDGE_STEP = 0.25  # km between the points of a bent edge


@dataclass(frozen=True)
class District:
    code: str
    name: str
    areas: tuple[tuple[str, float, float], ...]  # name and centre in km


DISTRICTS = (
    District("990101", "北岸区", (("码头片区", -1.5, 4.0), ("灯塔片区", 3.0, 5.4), ("听潮片区", 7.4, 7.6))),
    District("990102", "南岸区", (("渔火片区", -1.2, -4.2), ("长堤片区", 3.2, -5.6), ("船坞片区", 7.6, -7.4))),
    District("990103", "云屏区", (("云屏片区", -7.0, 4.4), ("石桥片区", -13.2, 5.6))),
    District("990104", "松隐区", (("松隐片区", -7.2, -4.6), ("陶坊片区", -13.4, -6.4))),
    District("990105", "汀兰区", (("汀兰片区", -4.2, 12.4), ("蓼溪片区", -11.6, 14.0))),
    District("990106", "鹤鸣区", (("鹤鸣片区", -3.6, -12.6), ("芦荡片区", -11.4, -14.4))),
    District("990107", "东屿区", (("东屿片区", 13.6, 10.4), ("风车片区", 4.8, 14.6))),
    District("990108", "临潮区", (("临潮片区", 13.8, -10.8), ("盐田片区", 5.0, -14.8))),
)
COUNTRY = ("CN", "中国")
PROVINCE = ("990000", "东溟省")
CITY = ("990100", "海澄市")


@dataclass(frozen=True)
class Outline:
    """Polygons in degrees. ``areas`` follow the order of DISTRICTS; ``area_district`` is each one's index there."""

    scale: float
    areas: list[MultiPolygon]
    area_district: npt.NDArray[np.int64]
    area_centres: Floats  # km, unscaled
    districts: list[MultiPolygon]
    city: MultiPolygon
    province: MultiPolygon


def draw(scale: float) -> Outline:
    """The outline, ``scale`` times its usual size (a city of ten million needs the room)."""
    seeds = np.array([(x, y) for district in DISTRICTS for _, x, y in district.areas])
    belongs = np.array([number for number, district in enumerate(DISTRICTS) for _ in district.areas])
    cells = [_bent(cell) for cell in _whole_cells(_cells(seeds, _land()), belongs)]
    areas = [_placed(cell, scale) for cell in cells]
    districts = [_as_multi(shapely.union_all([areas[i] for i in np.flatnonzero(belongs == d)])) for d in range(8)]
    city = _as_multi(shapely.union_all(districts))
    province = _placed(_bent(Polygon(_ring(_SHORE_RADIUS + 6, 1.4))), scale)
    return Outline(scale, areas, belongs, seeds, districts, city, province)


def to_degrees(km: Floats, scale: float) -> Floats:
    """(n, 2) kilometres to (n, 2) degrees, WGS-84."""
    return np.asarray(np.array(CENTRE) + km * scale / np.array(KM_PER_DEGREE), dtype=np.float64)


def bend(km: Floats) -> Floats:
    """The displacement that makes straight edges organic; smooth, so that order along an edge is kept."""
    x, y = km[:, 0], km[:, 1]
    dx = np.zeros_like(x)
    dy = np.zeros_like(y)
    for wave, amplitude, phase in ((9.0, 0.6, 0.3), (4.1, 0.24, 1.7), (1.9, 0.07, 2.9), (0.9, 0.025, 4.4)):
        turn = 2 * np.pi / wave
        dx += amplitude * np.sin(turn * (0.8 * y + 0.3 * x) + phase) * np.cos(turn * 0.5 * x - phase)
        dy += amplitude * np.sin(turn * (0.9 * x - 0.2 * y) + 2 * phase) * np.cos(turn * 0.4 * y + phase)
    return np.column_stack([x + dx, y + dy])


def _ring(radius: float, roughness: float) -> Floats:
    angle = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    waves = ((2, 1.6, 0.4), (3, 1.3, 1.1), (5, 0.8, 2.0), (9, 0.45, 0.2), (17, 0.22, 3.0))
    distance = radius + roughness * sum(height * np.sin(count * angle + turn) for count, height, turn in waves)
    return np.column_stack([distance * np.cos(angle), distance * np.sin(angle)])


def _land() -> BaseGeometry:
    """The island without its bay, which opens to the east and narrows to a river through the city."""
    x = np.linspace(-30, 30, 241)
    middle = 0.7 * np.sin(x / 4.5) + 0.3 * np.sin(x / 1.7)
    half = 0.16 + 0.07 * np.clip(x + 4, 0, None) ** 1.35
    water = Polygon(np.concatenate([np.column_stack([x, middle + half]), np.column_stack([x, middle - half])[::-1]]))
    return Polygon(_ring(_SHORE_RADIUS, 1.0)).difference(water)


def _cells(seeds: Floats, land: BaseGeometry) -> list[BaseGeometry]:
    """The Voronoi cell of each seed, cut by the shore, in the order of the seeds."""
    envelope = Point(0, 0).buffer(60)
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.multipoints(seeds), extend_to=envelope))
    tree = shapely.STRtree(cells)
    points, found = tree.query(shapely.points(seeds), predicate="within")
    order = found[np.argsort(points)]
    return [cells[number].intersection(land) for number in order]


def _whole_cells(cells: list[BaseGeometry], belongs: npt.NDArray[np.int64]) -> list[BaseGeometry]:
    """Give what lies across the water from a cell's main part to the cell that it touches there."""
    parts = [sorted(shapely.get_parts(cell), key=shapely.area, reverse=True) for cell in cells]
    whole: list[BaseGeometry] = [pieces[0] for pieces in parts]
    for number, pieces in enumerate(parts):
        for piece in pieces[1:]:
            borders = [shapely.length(piece.intersection(other)) for other in whole]
            borders[number] = 0.0
            taker = int(np.argmax(borders))
            if borders[taker] > 0:
                whole[taker] = whole[taker].union(piece)
    return whole


def _bent(cell: BaseGeometry) -> BaseGeometry:
    # a common grid of one metre keeps the two sides of a border on the same points
    fine = shapely.segmentize(shapely.set_precision(cell, 0.001), _EDGE_STEP)
    return shapely.make_valid(shapely.set_precision(shapely.transform(fine, bend), 0.001, mode="pointwise"))


def _placed(cell: BaseGeometry, scale: float) -> MultiPolygon:
    return _as_multi(shapely.transform(cell, lambda km: to_degrees(km, scale)))


def _as_multi(geometry: BaseGeometry) -> MultiPolygon:
    polygons = [part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon"]
    return MultiPolygon(polygons)
