from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.intake import Report, Row
from members.errors import ImportCannotStart
from members.intake import (
    BadValue,
    Fields,
    batches,
    check_system,
    member_reference,
    read_day,
    read_key,
    read_rows,
    shown,
)
from members.vault import first_hash

TODAY = date(2026, 3, 1)
FIELDS = Fields(names=("key", "phone", "member_key"), needed=(("key",), ("phone", "member_key")))


@pytest.mark.parametrize(
    "text",
    ["2019-01-02", "2019-1-2", "2019/1/2", "2019/01/02", "2019.1.2", "20190102", "2019年1月2日", "2019-01-02 13:45:00",
     "2019-01-02T13:45:00.000+08:00", "2019/1/2 0:00"],
)  # fmt: skip
def test_a_day_is_read_in_its_usual_spellings(text: str) -> None:
    assert read_day(text, today=TODAY) == date(2019, 1, 2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "bad_date"), ("yesterday", "bad_date"), ("2019-02-30", "bad_date"), ("2019-13-01", "bad_date"),
     ("19-01-02", "bad_date"), ("43467", "bad_date"), ("1970-01-01", "bad_date"), ("1900-01-01", "bad_date"),
     ("2019-W01-1", "bad_date"), ("2019-01-02x", "bad_date"), ("15412345678", "bad_date"),
     ("2026-03-02", "future_date"), ("9999-12-31", "future_date")],
)  # fmt: skip
def test_a_day_that_cannot_be_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadValue) as caught:
        read_day(text, today=TODAY)
    assert caught.value.reason == reason


@pytest.mark.parametrize("code", ["BCD-500", "冰箱", "N1", "fridge-premium", "1001"])
def test_a_code_is_shown(code: str) -> None:
    assert shown(code) == code


@pytest.mark.parametrize(
    "text",
    ["15412345678", "154-1234-5678", "+86 154 1234 5678", "１５４１２３４５６７８", "tel 0532 8888 1234", "孙悟空",
     "孙先生", "sun@example.com", "海澄市北岸区垂柳新村12号", "x" * 61],
)  # fmt: skip
def test_what_may_be_somebodys_is_not_shown(text: str) -> None:
    assert shown(text) == ""


@pytest.mark.parametrize(("text", "detail"), [("2019-02-30", "2019-02-30"), ("yesterday", ""), ("15412345678", "")])
def test_a_day_that_is_refused_is_shown_if_it_looks_like_one(text: str, detail: str) -> None:
    with pytest.raises(BadValue) as caught:
        read_day(text, today=TODAY)
    assert caught.value.detail == detail


@given(st.dates(date(1980, 1, 1), TODAY), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y.%m.%d"]))
def test_every_day_comes_back(day: date, spelling: str) -> None:
    assert read_day(day.strftime(spelling), today=TODAY) == day


@pytest.mark.parametrize(
    ("text", "reason"), [("", "no_key"), ("x" * 61, "bad_key"), ("A\x001", "bad_key"), ("A\n1", "bad_key")]
)
def test_a_key_that_cannot_be_stored_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadValue) as caught:
        read_key(text)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "text", ["C15412345678", "008615412345678", "154-1234-5678", "１５４１２３４５６７８", "VIP (154) 1234 5678"]
)
def test_a_key_that_holds_a_number_is_stored_as_its_hash(text: str) -> None:
    assert read_key(text) == f"#{first_hash('record_key', text).hex()}"


@pytest.mark.parametrize("text", ["C1", "154123456789", "2026-11-22-1541", "b1545678-9012-4123-8123-154000012340"])
def test_another_key_is_stored_as_it_is(text: str) -> None:
    assert read_key(text) == text


@pytest.mark.parametrize("name", ["", "Mall", "a:b", "x" * 21, "-a", "商城"])
def test_a_system_that_cannot_stand_in_keys_is_refused(name: str) -> None:
    with pytest.raises(ImportCannotStart, match="a system's name"):
        check_system(name)


@pytest.mark.parametrize(
    ("phone", "number", "member_key", "reason"),
    [("", None, "", "no_phone"), ("12", None, "", "bad_phone"), ("12", None, "A1", "bad_phone"),
     ("", None, "A\x00", "unknown_member")],
)  # fmt: skip
def test_a_row_must_name_its_member(phone: str, number: str | None, member_key: str, reason: str) -> None:
    with pytest.raises(BadValue) as caught:
        member_reference(phone, number, member_key)
    assert caught.value.reason == reason


def _read(path: Path, text: str, columns: dict[str, str] | None = None) -> list[list[str]]:
    path.write_text(text)
    with Report("members", path) as report:
        rows = read_rows(path, fields=FIELDS, columns=columns or {}, report=report, progress=print)
        return [values for _row, values in rows]


def test_columns_are_found_by_field_or_by_the_given_name(tmp_path: Path) -> None:
    text = "手机号,other,key\n15412345678,x,A1\n"
    assert _read(tmp_path / "a.csv", text, {"手机号": "phone"}) == [["A1", "15412345678", ""]]


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({}, "no column for phone or member_key"),
        ({"手机": "phone"}, "no column 手机"),
        ({"x": "colour"}, "no field colour"),
    ],
)
def test_a_file_without_the_columns_is_refused_whole(tmp_path: Path, columns: dict[str, str], sentence: str) -> None:
    with pytest.raises(ImportCannotStart, match=sentence):
        _read(tmp_path / "a.csv", "key,x\nA1,15412345678\n", columns)


def test_a_file_without_a_header_does_not_give_its_first_line_away(tmp_path: Path) -> None:
    with pytest.raises(ImportCannotStart) as caught:
        _read(tmp_path / "a.csv", "15412345678\n15412345679\n")
    assert "5412" not in str(caught.value)


def test_batches_hold_all_rows_in_order() -> None:
    sizes = [len(batch) for batch in batches((Row(line), line) for line in range(45_000))]
    assert sizes == [20_000, 20_000, 5_000]
