"""Regression figures on ../shared/data: tagged addresses for doors, real community names for the library."""

import csv
import gzip
import os
import random
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from geo.matching.address_library import AddressLibrary, Located
from geo.matching.house_number import read_house_number
from geo.matching.names import name_key
from geo.queries.address_names import NamedCommunity, RegionName

DATA = Path(os.environ.get("SHARED_DATA") or Path(__file__).resolve().parents[4] / "shared" / "data")
COMMUNITIES = DATA / "communities" / "communities_bj_sh_qd.csv.gz"
pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not COMMUNITIES.exists(), reason=f"{COMMUNITIES} is absent; set SHARED_DATA"),
]
# city: its province, the province's code, the code of the city's districts where it is not the province's
CITIES = {"北京": ("北京市", "11", ""), "上海": ("上海市", "31", ""), "青岛": ("山东省", "37", "3702")}


def _tagged(path: Path) -> Iterator[list[tuple[str, str]]]:
    """Addresses as (tag, text) pieces, tags in lower case."""
    pieces: list[tuple[str, str]] = []
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if not line.strip():
                yield pieces
                pieces = []
                continue
            text, mark = line.rstrip("\n").rsplit(" ", 1)
            tag = mark[2:].lower()
            if mark.startswith("I-") and pieces and pieces[-1][0] == tag:
                pieces[-1] = (tag, pieces[-1][1] + text)
            else:
                pieces.append((tag, text))
    if pieces:
        yield pieces


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower()


def test_doors_of_tagged_addresses_are_read_as_tagged() -> None:
    door, skipped = {"houseno", "cellno", "roomno", "floorno"}, {"redundant", "otherinfo"}
    outcomes: Counter[bool] = Counter()
    for path in sorted((DATA / "addresses").glob("*.bio.txt.gz")):
        for pieces in _tagged(path):
            begin = len(pieces)
            while begin and pieces[begin - 1][0] in door | skipped:
                begin -= 1
            tail = pieces[begin:]
            while tail and tail[0][0] in skipped:
                tail = tail[1:]
            expected: list[str] = []
            floor = ""
            for tag, text in tail:
                if tag == "floorno":
                    floor = "".join(read_house_number(_plain(text).rstrip("楼层f")).parts)
                elif tag in door:
                    parts = list(read_house_number(_plain(text)).parts) or [text.upper()]
                    if floor and tag == "roomno" and parts[0].isdigit() and len(parts[0]) <= 2:
                        parts[0] = f"{floor}{parts[0]:0>2}"
                    expected += parts
            if expected:
                read = read_house_number(_plain("".join(text for _, text in tail)))
                outcomes[read.parts == tuple(expected)] += 1

    assert outcomes.total() == 4478
    assert outcomes[True] / outcomes.total() >= 0.945


class Known(NamedTuple):
    """A community as the rows tell it: rows of one name in one district of a city."""

    pk: int
    city: str
    district: str
    name: str  # as one of its rows writes it
    road: str


@pytest.fixture(scope="module")
def regions() -> list[RegionName]:
    found = [RegionName(1, "country", "中国", "1.")]
    with gzip.open(DATA / "divisions" / "areas.csv.gz", "rt", encoding="utf-8") as lines:
        areas = list(csv.DictReader(lines))
    for city, (province, code, city_code) in CITIES.items():
        of_province, of_city = int(code), int(code) * 100
        found.append(RegionName(of_province, "province", province, f"1.{of_province}."))
        found.append(RegionName(of_city, "city", f"{city}市", f"1.{of_province}.{of_city}."))
        for area in areas:
            if area["provinceCode"] == code and city_code in {"", area["cityCode"]}:
                path = f"1.{of_province}.{of_city}.{area['code']}."
                found.append(RegionName(int(area["code"]), "district", area["name"], path))
    return found


@pytest.fixture(scope="module")
def communities(regions: list[RegionName]) -> list[Known]:
    district_names = {region.id: region.name for region in regions if region.level == "district"}
    groups: defaultdict[tuple[str, str], defaultdict[str, list[dict[str, str]]]]
    groups = defaultdict(lambda: defaultdict(list))
    with gzip.open(COMMUNITIES, "rt", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            code = row["adcode_by_polygon"] if row["coord_is_store"] != "1" else ""
            district = district_names.get(int(code or 0), "")
            if not district and row["district_label"]:
                district = next((n for n in district_names.values() if n.startswith(row["district_label"])), "")
            groups[row["city"], name_key(row["name"])][district].append(row)
    found: list[Known] = []
    for (city, key), by_district in groups.items():
        if len(key) < 2:
            continue
        unplaced = by_district.pop("", [])
        if len(by_district) <= 1:  # rows without a district belong to the only one that has the name
            district = next(iter(by_district), "")
            by_district = defaultdict(list, {district: by_district.get(district, []) + unplaced})
        for district, rows in by_district.items():
            road = next((row["address"] for row in rows if row["address"].endswith(("弄", "号"))), "")
            found.append(Known(len(found) + 1, city, district, rows[0]["name"], road))
    return found


def _library(regions: list[RegionName], communities: list[Known]) -> AddressLibrary:
    ids = {(region.path.split(".")[1], region.name): region.id for region in regions}
    return AddressLibrary(
        regions,
        [
            NamedCommunity(
                int(CITIES[known.city][1]) * 100,
                name_key(known.name),
                known.pk,
                ids.get((CITIES[known.city][1], known.district)),
            )
            for known in communities
        ],
    )


DOORS = {"": "", "12号楼3单元502室": "12-3-502", "7-2-1201": "7-2-1201", "3栋101": "3-101", "9号0602室": "9-602"}


def _located(library: AddressLibrary, communities: list[Known], how: str) -> Counter[str]:
    """Outcomes of the same 6,000 communities, written in one way: right, wrong (surely or not), not located."""
    draw = random.Random(7)
    outcomes: Counter[str] = Counter()
    for known in draw.sample(communities, 6000):
        province, _, _ = CITIES[known.city]
        door = draw.choice(list(DOORS))
        found = library.locate(
            how.format(
                province="" if province.startswith(known.city) else province,
                city=known.city,
                district=known.district,
                short=known.district.removesuffix("新区").removesuffix("区"),
                road=known.road,
                name=known.name,
                door=door,
            )
        )
        if not isinstance(found, Located):
            outcomes["not located"] += 1
        elif found.community_id == known.pk:
            outcomes["right" if found.house == DOORS[door] else "wrong door"] += 1
        else:
            outcomes["wrong"] += 1
    return outcomes


@pytest.mark.parametrize(
    ("how", "right", "wrong"),
    [
        ("{province}{city}市{district}{name}{door}", 0.985, 0.002),
        ("{city}市 {district} {name} {door}", 0.985, 0.002),
        ("{city}市{district}{road}{name}{door}", 0.975, 0.004),
        ("{city}市{name}{door}", 0.98, 0.002),
        ("{city}{short}{name}{door}", 0.965, 0.006),
    ],
)
def test_addresses_of_known_communities_are_found(
    regions: list[RegionName], communities: list[Known], how: str, right: float, wrong: float
) -> None:
    outcomes = _located(_library(regions, communities), communities, how)

    assert outcomes.total() == 6000
    assert outcomes["right"] / 6000 >= right
    assert outcomes["wrong"] / 6000 <= wrong
    assert outcomes["wrong door"] / 6000 <= 0.005


def test_addresses_of_unknown_communities_are_mostly_not_located(
    regions: list[RegionName], communities: list[Known]
) -> None:
    """Half of the communities are taken out of the library; most of what is found then is a sister's name."""
    held_out = [known for known in communities if known.pk % 2]
    library = _library(regions, [known for known in communities if not known.pk % 2])

    outcomes = _located(library, held_out, "{city}市{district}{name}{door}")

    assert outcomes["not located"] / outcomes.total() >= 0.9


def test_the_two_communities_of_the_story_are_found(regions: list[RegionName], communities: list[Known]) -> None:
    library = _library(regions, communities)
    names = {known.pk: (known.city, known.name) for known in communities}

    for address, expected in [
        ("上海市长宁区虹桥新城3号1202室", ("上海", "虹桥新城")),
        ("北京市东城区景泰西里12号楼3单元502室", ("北京", "景泰西里")),
    ]:
        found = library.locate(address)
        assert isinstance(found, Located)
        assert names[found.community_id] == expected
