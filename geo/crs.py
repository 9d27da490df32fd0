"""WGS-84, GCJ-02, BD-09 and the map's Web Mercator, on whole arrays at once.

Chinese law has maps drawn in GCJ-02, a shift of 300 to 700 m that no projection library knows; Baidu adds a
second one, BD-09. The formulas are the published ones. Why our own functions and not prcoords: it takes one
point at a time, and its plain inverse is up to 3.6 m off (measured on 20,000 points in China; its ``*_bored``
inverses are exact to 5 mm and serve as peers in the tests). Here the inverses are iterated until they move by
less than a micrometre.

Every function takes longitude and latitude in degrees, arrays of one shape, and returns two arrays of that
shape. Outside the box of China the shift is zero and points come back as they went in; Hong Kong, Macao and
Taiwan lie inside the box and are shifted. At the very edge of the box (open sea and foreign land) the
functions are not inverse to each other. NaN stays NaN.
"""

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Degrees = NDArray[np.float64]
Pair = tuple[Degrees, Degrees]

KRASOVSKY_AXIS = 6378245.0  # metres
KRASOVSKY_ECCENTRICITY = 0.00669342162296594323  # squared
MERCATOR_RADIUS = 6378137.0  # metres, EPSG:3857
BOX = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north
TOLERANCE = 1e-11  # degrees, about a micrometre
MOST_STEPS = 20  # four or five are needed


class Crs(StrEnum):
    """A system that a file or a map may be in."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


def in_box(lon: ArrayLike, lat: ArrayLike) -> NDArray[np.bool_]:
    """Whether each point lies in the box in which coordinates are shifted."""
    x, y = _arrays(lon, lat)
    west, south, east, north = BOX
    return (west <= x) & (x <= east) & (south <= y) & (y <= north)


def wgs84_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return _inside_box(_gcj02, lon, lat)


def gcj02_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return _inside_box(lambda x, y: _inverse(_gcj02, x, y), lon, lat)


def gcj02_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return _inside_box(_bd09, lon, lat)


def bd09_to_gcj02(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return _inside_box(lambda x, y: _inverse(_bd09, x, y), lon, lat)


def wgs84_to_bd09(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return gcj02_to_bd09(*wgs84_to_gcj02(lon, lat))


def bd09_to_wgs84(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return gcj02_to_wgs84(*bd09_to_gcj02(lon, lat))


_CONVERSIONS: dict[tuple[Crs, Crs], Callable[[ArrayLike, ArrayLike], Pair]] = {
    (Crs.WGS84, Crs.GCJ02): wgs84_to_gcj02,
    (Crs.WGS84, Crs.BD09): wgs84_to_bd09,
    (Crs.GCJ02, Crs.WGS84): gcj02_to_wgs84,
    (Crs.GCJ02, Crs.BD09): gcj02_to_bd09,
    (Crs.BD09, Crs.WGS84): bd09_to_wgs84,
    (Crs.BD09, Crs.GCJ02): bd09_to_gcj02,
}


def convert(lon: ArrayLike, lat: ArrayLike, source: str, target: str) -> Pair:
    """From one system to another by their names. Raises ValueError for a name that is none of Crs."""
    start, end = Crs(source), Crs(target)
    if start is end:
        return _arrays(lon, lat)
    return _CONVERSIONS[start, end](lon, lat)


def to_display(lon: ArrayLike, lat: ArrayLike, display_crs: str) -> Pair:
    """Web Mercator x, y in metres of WGS-84 points, as a map in ``display_crs`` (settings.MAP_CRS) draws them."""
    x, y = convert(lon, lat, Crs.WGS84, display_crs)
    return MERCATOR_RADIUS * np.radians(x), MERCATOR_RADIUS * np.arctanh(np.sin(np.radians(y)))


def _arrays(lon: ArrayLike, lat: ArrayLike) -> Pair:
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


def _inside_box(shift: Callable[[Degrees, Degrees], Pair], lon: ArrayLike, lat: ArrayLike) -> Pair:
    """Apply the shift to the points in the box, leave the others alone."""
    x, y = (np.array(values) for values in _arrays(lon, lat))
    inside = in_box(x, y)
    x[inside], y[inside] = shift(x[inside], y[inside])
    return x, y


def _gcj02(lon: Degrees, lat: Degrees) -> Pair:
    x, y = lon - 105.0, lat - 35.0
    pi = np.pi
    ripple = 20.0 * np.sin(6.0 * x * pi) + 20.0 * np.sin(2.0 * x * pi)
    north = (
        -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
        + (ripple + 20.0 * np.sin(y * pi) + 40.0 * np.sin(y / 3.0 * pi)
           + 160.0 * np.sin(y / 12.0 * pi) + 320.0 * np.sin(y / 30.0 * pi)) * 2.0 / 3.0
    )  # fmt: skip
    east = (
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
        + (ripple + 20.0 * np.sin(x * pi) + 40.0 * np.sin(x / 3.0 * pi)
           + 150.0 * np.sin(x / 12.0 * pi) + 300.0 * np.sin(x / 30.0 * pi)) * 2.0 / 3.0
    )  # fmt: skip
    latitude = np.radians(lat)
    curvature = 1.0 - KRASOVSKY_ECCENTRICITY * np.sin(latitude) ** 2
    metres_north = np.radians(KRASOVSKY_AXIS * (1.0 - KRASOVSKY_ECCENTRICITY) / curvature**1.5)
    metres_east = np.radians(KRASOVSKY_AXIS * np.cos(latitude) / np.sqrt(curvature))
    return lon + east / metres_east, lat + north / metres_north


def _bd09(lon: Degrees, lat: Degrees) -> Pair:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(np.radians(lat) * 3000.0)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(np.radians(lon) * 3000.0)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _inverse(shift: Callable[[Degrees, Degrees], Pair], lon: Degrees, lat: Degrees) -> Pair:
    """The points that ``shift`` moves to (lon, lat): each step takes off what the last guess overshot.

    The shift changes by at most a few per cent of the distance, so every step gains more than one digit.
    """
    x, y = lon, lat
    for _ in range(MOST_STEPS):
        moved_x, moved_y = shift(x, y)
        step_x, step_y = lon - moved_x, lat - moved_y
        x, y = x + step_x, y + step_y
        if not np.any(np.abs(step_x) + np.abs(step_y) > TOLERANCE):
            break
    return x, y
