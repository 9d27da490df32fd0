from collections.abc import Callable
from typing import Any

import numpy as np
import prcoords
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo import crs

Conversion = Callable[[crs.Degrees, crs.Degrees], crs.Pair]
MILLIMETRE = 1e-8  # degrees, rounded down
# a degree away from the edge of the box, where the shift ends
LON = st.floats(73.1, 136.7)
LAT = st.floats(1.9, 54.7)


def _scattered(count: int = 2_000) -> crs.Pair:
    random = np.random.default_rng(20)
    return random.uniform(73.1, 136.7, count), random.uniform(1.9, 54.7, count)


@pytest.mark.parametrize(
    ("ours", "peer"),
    [
        (crs.wgs84_to_gcj02, prcoords.wgs_gcj),
        (crs.gcj02_to_bd09, prcoords.gcj_bd),
        (crs.wgs84_to_bd09, prcoords.wgs_bd),
    ],
)
def test_forward_agrees_with_prcoords_to_a_micrometre(
    ours: Conversion, peer: Callable[[tuple[float, float]], tuple[float, float]]
) -> None:
    lon, lat = _scattered()
    x, y = ours(lon, lat)
    theirs = np.array([peer((b, a)) for a, b in zip(lon, lat, strict=True)])  # (lat, lon)
    assert np.abs(x - theirs[:, 1]).max() < 1e-11
    assert np.abs(y - theirs[:, 0]).max() < 1e-11


@pytest.mark.parametrize(
    ("ours", "peer"),
    [
        (crs.gcj02_to_wgs84, prcoords.gcj_wgs_bored),
        (crs.bd09_to_gcj02, prcoords.bd_gcj_bored),
        (crs.bd09_to_wgs84, prcoords.bd_wgs_bored),
    ],
)
def test_inverse_agrees_with_the_exact_inverses_of_prcoords(
    ours: Conversion, peer: Callable[[tuple[float, float]], tuple[float, float]]
) -> None:
    lon, lat = _scattered()
    x, y = ours(lon, lat)
    theirs = np.array([peer((b, a)) for a, b in zip(lon, lat, strict=True)])
    # prcoords stops at 1e-5 degrees of its last step, which leaves it some centimetres
    assert np.abs(x - theirs[:, 1]).max() < 5e-7
    assert np.abs(y - theirs[:, 0]).max() < 5e-7


@given(LON, LAT, st.sampled_from(list(crs.Crs)), st.sampled_from(list(crs.Crs)))
def test_there_and_back_is_less_than_a_millimetre(lon: float, lat: float, source: crs.Crs, target: crs.Crs) -> None:
    x, y = crs.convert(*crs.convert(lon, lat, source, target), target, source)
    assert abs(float(x) - lon) < MILLIMETRE
    assert abs(float(y) - lat) < MILLIMETRE


@given(LON, LAT)
def test_the_shift_is_at_most_some_hundred_metres(lon: float, lat: float) -> None:
    x, y = crs.wgs84_to_gcj02(lon, lat)
    metres = 111_320 * np.hypot((x - lon) * np.cos(np.radians(lat)), y - lat)
    assert 0 < metres < 1_200


@given(st.floats(-180, 180), st.floats(-89, 89))
def test_outside_the_box_nothing_moves(lon: float, lat: float) -> None:
    if crs.in_box(lon, lat):
        return
    for source in crs.Crs:
        for target in crs.Crs:
            assert [float(v) for v in crs.convert(lon, lat, source, target)] == [lon, lat]


def test_points_in_and_outside_the_box_in_one_array() -> None:
    x, y = crs.wgs84_to_gcj02([2.35, 116.4], [48.85, 39.9])
    assert (x[0], y[0]) == (2.35, 48.85)
    assert x[1] == pytest.approx(116.406, abs=1e-3)
    assert y[1] == pytest.approx(39.9014, abs=1e-3)


def test_a_missing_point_stays_missing() -> None:
    x, y = crs.bd09_to_wgs84([np.nan, 120.4], [np.nan, 36.1])
    assert np.isnan([x[0], y[0]]).all()
    assert np.isfinite([x[1], y[1]]).all()


def test_the_given_arrays_are_left_alone() -> None:
    lon, lat = np.array([120.4]), np.array([36.1])
    crs.wgs84_to_bd09(lon, lat)
    assert (lon[0], lat[0]) == (120.4, 36.1)


def test_an_unknown_system_is_an_error() -> None:
    with pytest.raises(ValueError, match="epsg"):
        crs.convert(120.4, 36.1, "epsg:4326", "gcj02")


def test_display_is_web_mercator_of_the_display_system() -> None:
    x, y = crs.to_display(180.0, 0.0, "wgs84")
    assert (float(x), float(y)) == pytest.approx((20037508.342789244, 0.0))
    plain_x, plain_y = crs.to_display(*crs.wgs84_to_gcj02(120.4, 36.1), "wgs84")
    x, y = crs.to_display(120.4, 36.1, "gcj02")
    assert (float(x), float(y)) == (float(plain_x), float(plain_y))
    assert float(y) == pytest.approx(4_313_000, rel=1e-2)


def test_display_agrees_with_postgis(db: None) -> None:
    from django.contrib.gis.geos import Point

    peer: Any = Point(120.4, 36.1, srid=4326).transform(3857, clone=True)
    x, y = crs.to_display(120.4, 36.1, "wgs84")
    assert (float(x), float(y)) == pytest.approx((peer.x, peer.y), abs=1e-3)
