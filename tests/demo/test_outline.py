import csv
import gzip
import os
from pathlib import Path

import numpy as np
import pytest
import shapely

from salesapp.demo import catalogue, outline
from salesapp.demo.communities import how_many, lay_out, scale_for

SHARED_DATA = Path(os.environ.get("SHARED_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
needs_data = pytest.mark.skipif(not SHARED_DATA.is_dir(), reason=f"{SHARED_DATA} is absent; set SHARED_DATA")
DRAWN = outline.draw(1.0)


def test_districts_tile_the_city() -> None:
    assert all(shape.is_valid and len(shape.geoms) == 1 for shape in [*DRAWN.areas, *DRAWN.districts])
    assert sum(area.area for area in DRAWN.areas) == pytest.approx(DRAWN.city.area, rel=1e-3)
    overlap = sum(a.intersection(b).area for i, a in enumerate(DRAWN.districts) for b in DRAWN.districts[i + 1 :])
    assert overlap < DRAWN.city.area * 1e-4
    assert shapely.contains_properly(DRAWN.province, DRAWN.city.representative_point())


def test_districts_are_no_squares() -> None:
    for district in DRAWN.districts:
        assert shapely.get_num_coordinates(district) > 60
        assert district.area < 0.95 * shapely.oriented_envelope(district).area


def test_city_lies_in_open_sea() -> None:
    west, south, east, north = DRAWN.city.bounds
    assert (west, south) > (121.2, 35.75)
    assert (east, north) < (121.8, 36.25)


@pytest.mark.parametrize(("members", "count"), [(500, 40), (2_000, 40), (200_000, 4_000), (10_000_000, 100_000)])
def test_number_of_communities_follows_the_members(members: int, count: int) -> None:
    assert how_many(members) == count


def test_communities_crowd_around_centres() -> None:
    town = lay_out(DRAWN, 4_000, 200_000, 2026, np.random.default_rng(1))
    cells = np.floor(town.points / (0.02, 0.018)).astype(int)
    counts = np.sort(np.unique(cells, axis=0, return_counts=True)[1])[::-1]
    # a fifth of the inhabited squares holds nearly half of the communities; evenly spread it would be a fifth
    assert counts[: len(counts) // 5].sum() > 0.45 * counts.sum()


def test_communities_lie_in_their_area_and_walls_stay_in_the_city() -> None:
    town = lay_out(DRAWN, 4_000, 200_000, 2026, np.random.default_rng(1))
    areas = np.array(DRAWN.areas, dtype=object)[town.area]
    assert shapely.contains(areas, shapely.points(town.points)).all()
    walls = [wall for wall in town.boundaries if wall is not None]
    assert 0.25 < len(walls) / len(town) < 0.42
    assert shapely.is_valid(np.array(walls, dtype=object)).all()


def test_members_add_up_and_fit_behind_the_doors() -> None:
    for members, count in ((2_000, 40), (200_000, 4_000), (1_000_000, 10_000)):
        town = lay_out(outline.draw(scale_for(count)), count, members, 2026, np.random.default_rng(1))
        assert len(town) == count
        assert town.members.sum() == members
        assert (town.members <= town.households).all()


def test_names_are_unique_within_a_district_and_shared_between_some() -> None:
    town = lay_out(DRAWN, 4_000, 200_000, 2026, np.random.default_rng(1))
    pairs = list(zip(town.district.tolist(), town.names, strict=True))
    assert len(set(pairs)) == len(pairs)
    assert len(set(town.names)) < len(town.names)


@pytest.mark.data
@needs_data
def test_codes_brands_and_models_are_nobody_s() -> None:
    codes: set[str] = set()
    for name in ("areas", "cities", "provinces"):
        with gzip.open(SHARED_DATA / "divisions" / f"{name}.csv.gz", "rt", encoding="utf-8-sig") as text:
            codes |= {row["code"] for row in csv.DictReader(text)}
    assert len(codes) > 3_000
    assert not codes & {code[:6] for code in ("990000", "990100", *(d.code for d in outline.DISTRICTS))}
    titles = (SHARED_DATA / "catalogue" / "haier_mall_products.csv").read_text(encoding="utf-8")
    assert "冰箱" in titles
    assert not [m.model for m in catalogue.models() if m.brand in titles or m.model in titles]
