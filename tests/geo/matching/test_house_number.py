import pytest

from geo.matching.house_number import read_house_number


@pytest.mark.parametrize(
    ("text", "door"),
    [
        ("12号楼3单元502室", "12-3-502"),
        ("12-3-502", "12-3-502"),
        ("12#3-502", "12-3-502"),
        ("12楼3门502", "12-3-502"),
        ("12幢2单元0502", "12-2-502"),
        ("十二号楼三单元五〇二室", "12-3-502"),
        ("二十三号楼1单元101", "23-1-101"),
        ("12栋502", "12-502"),
        ("12懂502", "12-502"),
        ("12一3一502", "12-3-502"),
        ("3弄5号602", "3-5-602"),
        ("5号602室", "5-602"),
        ("a座1203", "A-1203"),
        ("b13栋201", "B13-201"),
        ("12号楼甲单元502", "12-甲-502"),
        ("甲12号", "12甲"),
        ("12号甲", "12甲"),
        ("5号", "5"),
        ("1203室", "1203"),
        ("5号楼5层2室", "5-502"),
        ("5号楼5层502室", "5-502"),
        (" 12-3-502室 转交", "12-3-502"),
    ],
)
def test_spellings_of_one_door_become_one(text: str, door: str) -> None:
    assert read_house_number(text).door == door


@pytest.mark.parametrize(
    "text", ["12号楼", "12号楼3单元", "12号楼6层", "3弄5号", "12", "三", "", "16800000000", "西区12号楼"]
)
def test_what_names_no_household_gives_no_door(text: str) -> None:
    assert read_house_number(text).door == ""


def test_reading_begins_and_stops_where_it_is_told() -> None:
    read = read_house_number("垂柳新村3栋101室王先生", 4)

    assert (read.parts, read.is_dwelling, read.end) == (("3", "101"), True, 10)
