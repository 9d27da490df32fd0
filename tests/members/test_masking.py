import csv
import os
from pathlib import Path

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from members.masking import salutation, split_name, title_of
from members.surnames import COMPOUND, SINGLE

SURNAMES = (
    Path(os.environ.get("SHARED_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data")
    / "names" / "familyname.csv"
)  # fmt: skip


@pytest.mark.parametrize(
    ("full_name", "expected"),
    [
        ("孙悟空", ("孙", "")),
        ("孙 悟 空", ("孙", "")),
        ("　孙悟空\u200b", ("孙", "")),
        ("孙空", ("孙", "")),
        ("孙", ("孙", "")),
        ("孙先生", ("孙", "m")),
        ("孙 女士", ("孙", "f")),
        ("孙小姐", ("孙", "f")),
        ("孙太太", ("孙", "f")),
        ("孙悟空先生", ("孙", "m")),
        ("孙老师", ("孙", "")),
        ("先生", ("", "m")),
        ("孙**", ("孙", "")),
        ("孙*", ("孙", "")),
        ("孙XX", ("孙", "")),
        ("*悟空", ("", "")),
        ("孙悟空（老客户）", ("孙", "")),
        ("欧阳锋", ("欧阳", "")),
        ("欧阳", ("欧", "")),
        ("欧阳先生", ("欧阳", "m")),
        ("欧先生", ("欧", "m")),
        ("司马相如", ("司马", "")),
        ("諸葛亮", ("諸葛", "")),
        ("范徐丽泰", ("范", "")),
        ("買賣人", ("", "")),
        ("买买提·艾力", ("", "")),
        ("迪丽热巴•迪力木拉提", ("", "")),
        ("约翰・史密斯", ("", "")),
        ("扎西次仁平措", ("", "")),
        ("快乐的猪", ("", "")),
        ("青岛孙记有限公司", ("", "")),
        ("孙悟空、猪八戒", ("", "")),
        ("孙悟空15412345678", ("", "")),
        ("15412345678", ("", "")),
        ("=cmd|' /C calc'!A0", ("", "")),
        ("", ("", "")),
        ("SUN Wukong", ("SUN", "")),
        ("Wukong SUN", ("SUN", "")),
        ("Sun, Wukong", ("Sun", "")),
        ("ZHANG San", ("Z", "")),
        ("Mr Sun", ("Sun", "m")),
        ("Mrs. Smith", ("S", "f")),
        ("Miss Wukong SUN", ("SUN", "f")),
        ("Sun Wukong", ("", "")),
        ("SUN WUKONG", ("", "")),
        ("sunwukong", ("", "")),
        ("Sun", ("", "")),
        ("😀", ("", "")),
        ("孙\x00悟空", ("", "")),
    ],
)
def test_a_name_gives_its_surname_or_nothing(full_name: str, expected: tuple[str, str]) -> None:
    assert split_name(full_name) == expected


@pytest.mark.parametrize(
    ("text", "title"),
    [("男", "m"), ("女", "f"), ("M", "m"), ("Female", "f"), ("1", "m"), ("２", "f"), ("0", ""), ("9", ""),
     ("女士", "f"), ("Mr.", "m"), ("", ""), ("未知", "")],
)  # fmt: skip
def test_a_gender_column_gives_a_title(text: str, title: str) -> None:
    assert title_of(text) == title


@pytest.mark.parametrize(
    ("surname", "title", "english"),
    [("孙", "m", "孙 (Mr)"), ("欧阳", "f", "欧阳 (Ms)"), ("孙", "", "孙 (customer)"),
     ("", "m", "Mr"), ("", "f", "Ms"), ("", "", "Customer")],
)  # fmt: skip
def test_people_are_greeted_by_surname_and_title(surname: str, title: str, english: str) -> None:
    with override("en"):
        assert salutation(surname, title) == english


@pytest.mark.parametrize("full_name", ["孙悟空", "欧阳锋", "司马相如", "Wukong", "Sun Wukong", "15412345678"])
def test_a_full_name_in_the_wrong_column_does_not_come_out(full_name: str) -> None:
    with override("en"):
        shown = salutation(full_name, "m")
    assert full_name not in shown
    assert full_name[-2:] not in shown


@given(st.sampled_from(sorted(SINGLE | COMPOUND)), st.text(alphabet="悟空锋丽娟建国伟", min_size=1, max_size=2))
def test_the_given_name_is_never_part_of_the_answer(surname: str, given_name: str) -> None:
    shown, title = split_name(surname + given_name)
    assert surname.startswith(shown)
    assert title == ""


@given(st.text(max_size=40))
def test_any_text_gives_something_that_fits_its_column(text: str) -> None:
    surname, title = split_name(text)
    assert len(surname) <= 4
    assert title in {"m", "f", ""}
    assert not any(character.isdigit() for character in surname)


@pytest.mark.data
@pytest.mark.skipif(not SURNAMES.exists(), reason=f"{SURNAMES} is absent; set SHARED_DATA")
def test_the_surnames_cover_the_country() -> None:
    with SURNAMES.open(encoding="utf-8-sig") as file:
        counts = {row["surname"]: int(row["n.1930_2008"]) for row in csv.DictReader(file)}
    known = sum(count for name, count in counts.items() if name in SINGLE or name in COMPOUND)
    assert known / sum(counts.values()) > 0.995
