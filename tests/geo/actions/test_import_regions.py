import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.db.models import Model
from pytest_django.fixtures import Settings

from geo import crs
from geo.actions.import_regions import import_regions
from geo.intake import UnreadableFile
from geo.models import Community, ImportRun, Region

SQUARE = [[[120.0, 36.0], [120.2, 36.0], [120.2, 36.2], [120.0, 36.2], [120.0, 36.0]]]
BOW_TIE = [[[120.0, 36.0], [120.2, 36.2], [120.2, 36.0], [120.0, 36.2], [120.0, 36.0]]]


def the(model: type[Model], **which: object) -> Any:
    """The one row, untyped: what is missing in it fails the test by itself."""
    return model._default_manager.get(**which)


def feature(
    code: object,
    name: str = "海澄市",
    level: str = "city",
    parent: object = None,
    rings: Any = SQUARE,
    **properties: object,
) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"adcode": code, "name": name, "level": level, "parent": {"adcode": parent}, **properties},
        "geometry": rings and {"type": "Polygon", "coordinates": rings},
    }


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def _write(*features: object, name: str = "regions.geojson") -> Path:
        path = tmp_path / name
        text = json.dumps({"type": "FeatureCollection", "features": features})
        if name.endswith(".gz"):
            path.write_bytes(gzip.compress(text.encode()))
        else:
            path.write_text(text, encoding="utf-8")
        return path

    return _write


def run(path: Path, **options: Any) -> ImportRun:
    options.setdefault("crs", "gcj02")
    return import_regions(path=path, **options)[0]


def counts(done: ImportRun) -> tuple[int, ...]:
    return (done.rows, done.created, done.merged, done.unchanged, done.refused)


pytestmark = pytest.mark.django_db


def test_a_tree_from_one_file_in_any_order(write: Callable[..., Path]) -> None:
    path = write(
        feature(990101, "北岸区", "district", 990100), feature("990100", "海澄市", "city", 990000),
        feature(990000, "海省", "province", 100000),
    )  # fmt: skip
    assert counts(run(path)) == (3, 3, 0, 0, 0)
    district = the(Region, code="990101")
    line = []
    region = district
    while region:
        line.append(region)
        region = region.parent
    assert [r.code for r in line] == ["990101", "990100", "990000", "CN"]
    assert district.path == "".join(f"{r.pk}." for r in reversed(line))


def test_boundaries_are_kept_in_wgs84_and_as_drawn(write: Callable[..., Path], settings: Settings) -> None:
    settings.MAP_CRS = "gcj02"
    run(write(feature("990100")))
    region = the(Region, code="990100")
    x, y = crs.convert(120.0, 36.0, "gcj02", "wgs84")
    assert (float(x), float(y)) in region.boundary.coords[0][0]
    # drawn where the file, which is in the map's own system, has it
    drawn: Any = Point(120.0, 36.0, srid=4326).transform(3857, clone=True)
    assert region.boundary_display.extent[:2] == pytest.approx((drawn.x, drawn.y), abs=1e-3)
    assert region.boundary_display.contains(region.centre_display)
    assert region.boundary_crs == "gcj02"


def test_a_second_run_changes_nothing(write: Callable[..., Path]) -> None:
    path = write(feature("990100"), feature(990101, "北岸区", "district", 990100), name="regions.geojson.gz")
    run(path)
    before = list(Region.objects.order_by("id").values())
    assert counts(run(path)) == (2, 0, 0, 2, 0)
    assert list(Region.objects.order_by("id").values()) == before


def test_a_changed_row_is_updated(write: Callable[..., Path]) -> None:
    run(write(feature("990100")))
    assert counts(run(write(feature("990100", "海澄新市")))) == (1, 0, 1, 0, 0)
    assert the(Region, code="990100").name == "海澄新市"


def test_a_file_without_polygons_does_not_take_them_away(write: Callable[..., Path]) -> None:
    run(write(feature("990100")))
    assert counts(run(write(feature("990100", rings=None)))) == (1, 0, 0, 1, 0)
    assert the(Region, code="990100").boundary is not None


def test_a_region_without_its_parent_waits_under_the_country_until_it_comes(write: Callable[..., Path]) -> None:
    run(write(feature(990101, "北岸区", "district", 990100)))
    district = the(Region, code="990101")
    assert district.parent.code == "CN"
    community = Community.objects.create(name="垂柳新村", region=district, region_path=district.path)

    run(write(feature("990000", "海省", "province", 100000)))
    run(write(feature("990100", "海澄市", "city", None)))
    district.refresh_from_db()
    community.refresh_from_db()
    assert [district.parent.code, district.parent.parent.code] == ["990100", "990000"]
    assert district.path == f"{district.parent.path}{district.pk}."
    assert community.region_path == district.path


def test_districts_of_a_municipality_hang_under_the_province(write: Callable[..., Path]) -> None:
    run(write(feature("110000", "北京市", "province", 100000), feature(110101, "东城区", "district", 110000)))
    assert the(Region, code="110101").parent.code == "110000"


def test_a_code_at_two_levels_keeps_the_higher_in_any_order(write: Callable[..., Path]) -> None:
    city, district = feature("990100"), feature("990100", level="district")
    run(write(city))
    assert counts(run(write(district))) == (1, 0, 0, 1, 0)
    assert the(Region, code="990100").level == "city"
    Region.objects.exclude(parent=None).delete()
    run(write(district))
    assert counts(run(write(city))) == (1, 0, 1, 0, 0)
    assert the(Region, code="990100").level == "city"


def test_a_self_touching_polygon_is_mended(write: Callable[..., Path]) -> None:
    done, notes = import_regions(path=write(feature("990100", rings=BOW_TIE)), crs="wgs84")
    assert (done.created, notes["mended"]) == (1, 1)
    boundary = the(Region, code="990100").boundary
    assert boundary.valid
    assert boundary.area == pytest.approx(0.02, rel=1e-6)


def test_refused_rows_are_listed_with_line_and_reason(write: Callable[..., Path]) -> None:
    path = write(
        feature("990100"), feature(""), feature("990200", ""), feature("990300", level="village"), feature("990100"),
        feature("990400", rings=[[[200.0, 95.0], [201.0, 95.0], [201.0, 96.0], [200.0, 95.0]]]),
        feature("990500", rings=[[["x", 1]]]), feature("990600", level="province", parent=990100),
        feature("9" * 40), feature("990700", "a\0b"),
    )  # fmt: skip
    done = run(path)
    assert counts(done) == (10, 1, 0, 0, 9)
    with open(done.report, encoding="utf-8") as report:
        lines = [line.split(",")[:2] for line in report.read().splitlines()[1:]]
    assert sorted(lines, key=lambda line: int(line[0])) == [
        ["2", "no_code"], ["3", "no_name"], ["4", "bad_level"], ["5", "duplicate_code"], ["6", "outside_the_earth"],
        ["7", "broken_shape"], ["8", "bad_parent"], ["9", "too_long"], ["10", "broken_line"],
    ]  # fmt: skip


def test_own_columns_and_a_level_for_all(write: Callable[..., Path]) -> None:
    run(write(feature("990101", "北岸区", "district")))
    rows = [{"type": "Feature", "properties": {"no": "N-1", "title": "北一片", "in": "990101"}, "geometry": None}]
    done = run(write(*rows), level="area", columns={"no": "code", "title": "name", "in": "parent"})
    assert done.created == 1
    area = the(Region, code="N-1")
    assert (area.name, area.level, area.parent.code, area.boundary) == ("北一片", "area", "990101", None)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"columns": {"absent": "code"}}, "no column absent"),
        ({"columns": {"name": "colour"}}, "no field colour"),
    ],
)
def test_wrong_mappings_are_told(write: Callable[..., Path], options: Any, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        run(write(feature("990100")), **options)


def test_a_missing_column_is_named(write: Callable[..., Path]) -> None:
    row = {"type": "Feature", "properties": {"adcode": "990100"}, "geometry": None}
    with pytest.raises(UnreadableFile, match="no column for name, level"):
        run(write(row))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not GeoJSON"),
        ("[]", "no FeatureCollection"),
        ('{"features": [], "crs": {"properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}}', "Mercator"),
        ('{"features": [], "crs": {"properties": {"name": "nowhere"}}}', "unknown system"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "regions.geojson"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UnreadableFile, match=said):
        run(path)


def test_a_table_holds_no_regions(tmp_path: Path) -> None:
    path = tmp_path / "regions.csv"
    path.write_text("adcode,name,level\n990100,海澄市,city\n", encoding="utf-8")
    with pytest.raises(UnreadableFile, match="neither GeoJSON nor GeoParquet"):
        run(path)


def test_a_failure_leaves_nothing(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr("geo.actions.import_regions._set_paths", fail)
    with pytest.raises(RuntimeError):
        run(write(feature("990100")))
    assert not Region.objects.exists()
    assert not ImportRun.objects.exists()
