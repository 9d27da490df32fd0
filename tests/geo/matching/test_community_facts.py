from typing import Any

import pytest

from geo.matching.community_facts import COLUMNS, Facts, read_facts, refusal

SAME = {name: name for name in COLUMNS}


def read(**values: Any) -> Facts:
    return read_facts({"name": "垂柳新村", "city": "海澄", **values}, SAME, last_year=2027)


def test_numbers_as_sites_write_them() -> None:
    facts = read(households="1,314户", buildings="12栋", build_year="2004年建成", price_tier="3")
    assert (facts.households, facts.buildings, facts.build_year, facts.price_tier) == (1314, 12, 2004, 3)
    assert facts.notes == []


def test_zero_is_unknown() -> None:
    facts = read(households="0", buildings="0", build_year="0")
    assert (facts.households, facts.buildings, facts.build_year, facts.notes) == (None, None, None, [])


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("households", "many", "bad_number"),
        ("households", "-5", "bad_number"),
        ("buildings", "99999999999999999999", "bad_number"),
        ("price_tier", "6", "bad_number"),
        ("build_year", "1066", "absurd_year"),
        ("build_year", "2028", "absurd_year"),
        ("build_year", "unknown", "bad_number"),
        ("address", "路" * 301, "address_too_long"),
    ],
)
def test_a_bad_secondary_value_is_left_out_and_noted(column: str, value: str, reason: str) -> None:
    facts = read(**{column: value})
    assert getattr(facts, column) in (None, "")
    assert [note[0] for note in facts.notes] == [reason]
    assert refusal(facts) == ""


@pytest.mark.parametrize(("lon", "lat"), [("nan", "nan"), ("inf", "36"), ("120", ""), ("east", "north")])
def test_what_is_no_point_is_noted(lon: str, lat: str) -> None:
    facts = read(lon=lon, lat=lat)
    assert (facts.lon, facts.lat, facts.notes[0][0]) == (None, None, "bad_point")


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"name": ""}, "no_name"),
        ({"name": "暂无"}, "placeholder"),
        ({"name": "楼" * 121}, "too_long"),
        ({"households": "30001"}, "absurd_households"),
        ({"households": "9" * 5000}, "absurd_households"),
        ({"households": "30000"}, ""),
    ],
)
def test_refusals(values: Any, reason: str) -> None:
    assert refusal(read(**values)) == reason
