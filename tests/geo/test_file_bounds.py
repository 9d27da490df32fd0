import gzip
import json
import warnings
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely
from openpyxl import Workbook

from geo import features, file_bounds, intake
from geo.errors import UnreadableFile
from geo.features import read_features
from geo.intake import Report, harmless_cell, read_table


def refused(path: Path) -> str:
    with pytest.raises(UnreadableFile) as error:
        list(read_features(path) if "geojson" in path.name else read_table(path))
    return error.value.reason


def collection(*found: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": list(found)} | more


def feature(name: str, *, x: float = 120.5) -> dict[str, Any]:
    return {"properties": {"name": name, "parent": {"code": 1}}, "geometry": {"type": "Point", "coordinates": [x, 36]}}


@pytest.mark.parametrize("chunk", [1, 2, 7, 1 << 16])
@pytest.mark.parametrize("indent", [None, 2])
def test_features_are_the_same_however_they_are_cut(
    chunk: int, indent: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(features, "_CHUNK", chunk)
    path = tmp_path / "a.geojson"
    whole = collection(feature('垂柳 \\ " ]}'), feature("b", x=-1.25e-3), name=[1, {"features": []}], n=-17)
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=indent), encoding="utf-8")
    found = list(read_features(path))
    assert [(f.line, f.values) for f in found] == [
        (1, {"name": "垂柳 \\ \" ]}", "parent.code": "1"}), (2, {"name": "b", "parent.code": "1"}),
    ]  # fmt: skip
    assert [f.shape.x for f in found] == [120.5, -0.00125]


@pytest.mark.parametrize(
    "text",
    ["", "7", "{", '{"features": [1 2]}', '{"features": [1,]}', '{"features": [],}', '{"a": 1}', "[1]", "[" * 5000],
)
def test_what_is_no_collection_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(text)
    assert refused(path) == "broken_file"


def test_a_projection_is_refused_wherever_it_is_declared(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    declared = {"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}}
    for whole in (collection(feature("a")) | declared, declared | collection(feature("a"))):
        path.write_text(json.dumps(whole))
        assert refused(path) == "projected"


def test_geoparquet_is_read_as_geopandas_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    frame = geopandas.GeoDataFrame(
        {"name": ["a", None], "households": [5.0, None], "built": [2004, 2005]},
        geometry=[shapely.Point(120, 36), None], crs="EPSG:4490",
    )  # fmt: skip
    frame.to_parquet(path)
    one, two = read_features(path)
    assert (one.values, one.shape.x) == ({"name": "a", "households": "5", "built": "2004"}, 120)
    assert (two.values, two.shape) == ({"name": "", "households": "", "built": "2005"}, None)
    frame.to_crs(3857).to_parquet(path)
    with pytest.raises(UnreadableFile) as error:
        list(read_features(path))
    assert error.value.reason == "projected"
    pq.write_table(pa.table({"a": [1]}, metadata={b"geo": b"{"}), path)
    with pytest.raises(UnreadableFile) as error:
        list(read_features(path))
    assert error.value.reason == "broken_file"


def test_a_column_of_lists_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"key": ["a"], "phones": [["b", "c"]]}), path)
    assert refused(path) == "unknown_format"


def test_a_gz_is_read_on_as_long_as_it_is_packed_like_a_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_bounds, "_UNPACKED_FREELY", 1 << 20)
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(b"key,name\n" + b"".join(b"%d,%d\n" % (n, n * n) for n in range(150_000))))
    assert len(list(read_table(path))) == 150_000
    path.write_bytes(gzip.compress(b"key,name\n" + b"1,x\n" * 2_000_000))
    assert refused(path) == "too_large"


def test_rows_that_are_held_have_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(list(file_bounds.held(iter(range(5)), lambda _: file_bounds.MOST_COST // 5))) == 5
    with pytest.raises(UnreadableFile):
        list(file_bounds.held(iter(range(6)), lambda _: file_bounds.MOST_COST // 5))
    monkeypatch.setattr(file_bounds, "MOST_HELD", 5)
    assert len(list(file_bounds.held(iter(range(5))))) == 5
    with pytest.raises(UnreadableFile):
        list(file_bounds.held(iter(range(6))))


def test_heavy_rows_come_in_small_batches() -> None:
    def sizes(length: int) -> list[int]:
        rows = ({"a": "x" * length} for _ in range(100))
        return [len(batch) for batch in file_bounds.batches(rows, most=40, values=lambda row: row)]

    assert sizes(10) == [40, 40, 20]
    assert sum(sizes(1 << 20)) == 100
    assert max(sizes(1 << 20)) < 25


def test_a_number_of_a_column_of_dates_is_told_to_nobody(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["key", "phone", "since", "note"])
    sheet.append(["a", 15400001234, datetime(2019, 1, 2)])
    sheet["B2"].number_format = "yyyy-mm-dd"
    book.save(tmp_path / "a.xlsx")
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        (row,) = read_table(tmp_path / "a.xlsx")
    assert not told
    assert row.values == {"key": "a", "phone": "#VALUE!", "since": "2019-01-02", "note": ""}


def test_a_report_that_ends_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_LISTED", 3)
    with Report("members", tmp_path / "a.csv") as report:
        for line in range(5):
            report.refuse(line, "no_key")
        report.note(6, "bad_email")
    assert (report.refused, report.notes["bad_email"]) == (5, 1)
    assert report.path.read_text().splitlines()[1:] == [
        "0,no_key,", "1,no_key,", "2,no_key,", ',more,"3 lines are listed, the others are counted only"',
    ]  # fmt: skip


@pytest.mark.parametrize(
    "sign", ["=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", "\r=", "\n@", " =", "\u3000=", "\xa0+"]
)
def test_no_cell_begins_like_a_formula(sign: str) -> None:
    assert harmless_cell(f"{sign}1+1").startswith("'")
    assert harmless_cell("北岸-1") == "北岸-1"
