import gzip
import tracemalloc
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from geo.intake import Report, UnreadableFile, read_table

TABLE = b"key,phone\n" + b"k,15400001234\n" * 2000


def workbook(path: Path, sheet: str) -> None:
    """A workbook, its sheet as given: whole, cut or absent."""
    book = Workbook()
    assert book.active
    book.active.append(["key", "phone"])
    whole = path.with_suffix(".whole")
    book.save(whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            if "sheet1" not in name:
                new.writestr(name, old.read(name))
            elif sheet == "cut":
                new.writestr(name, old.read(name)[:-20])


def damaged(folder: Path, name: str) -> Path:
    path = folder / name
    match name:
        case "not_gzip.csv.gz":
            path.write_bytes(TABLE)
        case "cut.csv.gz":
            path.write_bytes(gzip.compress(TABLE)[:-9])
        case "altered.csv.gz":
            packed = bytearray(gzip.compress(TABLE))
            packed[-6] ^= 0xFF
            path.write_bytes(packed)
        case "cut.xlsx" | "absent.xlsx":
            workbook(path, name.removesuffix(".xlsx"))
        case "altered.parquet":
            pq.write_table(pa.table({"key": ["k"] * 1000}), path)
            content = bytearray(path.read_bytes())
            content[20:40] = bytes(20)
            path.write_bytes(content)
        case _:
            path.write_bytes(b"something else")
    return path


@pytest.mark.parametrize(
    "name",
    [
        "not_gzip.csv.gz", "cut.csv.gz", "altered.csv.gz", "cut.xlsx", "absent.xlsx", "other.xlsx", "altered.parquet",
        "other.parquet",
    ],
)  # fmt: skip
def test_a_damaged_file_is_told_as_such(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile) as refused:
        list(read_table(damaged(tmp_path, name)))
    assert refused.value.reason == "broken_file"
    assert "154" not in str(refused.value)


def test_a_line_without_end_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "line.csv"
    with path.open("wb") as packed:
        packed.write(b"key,phone\n1,1\n")
        for _ in range(64):
            packed.write(b"2," * (1 << 19))
        packed.write(b"\n3,3\n")
    tracemalloc.start()
    rows = list(read_table(path))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [(row.line, row.broken, row.values.get("key")) for row in rows] == [
        (2, "", "1"), (3, "broken_line", None), (4, "", "3"),
    ]  # fmt: skip
    assert most < 32 << 20


def test_a_file_named_after_a_number_is_stored_without_it(tmp_path: Path) -> None:
    with Report("members", tmp_path / f"15400001234{'x' * 300}.csv") as report:
        pass
    assert "15400001234" not in report.file_name
    assert len(report.file_name) <= 200
    with Report("members", tmp_path / "孙 154-0000-1234.csv") as report:
        pass
    assert report.file_name == "孙 [number].csv"
