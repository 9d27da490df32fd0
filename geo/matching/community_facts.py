"""What one row of a site says of a community, and whether it can be believed."""

import math
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from geo.matching.names import is_placeholder

# The fields of a row, and the columns that are taken for them without being told.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "key": ("key", "source_id", "source_key", "id"),
    "name": ("name", "小区", "小区名", "小区名称"),
    "city": ("city", "城市"),
    "district": ("district", "district_label", "区县", "行政区"),
    "address": ("address", "地址"),
    "households": ("households", "户数", "房屋总数"),
    "buildings": ("buildings", "楼栋数", "楼栋总数"),
    "build_year": ("build_year", "建成年份", "建筑年代"),
    "price_tier": ("price_tier",),
    "lon": ("lon", "lng", "longitude", "经度", "lng_bd09", "lng_gcj02", "lng_wgs84"),
    "lat": ("lat", "latitude", "纬度", "lat_bd09", "lat_gcj02", "lat_wgs84"),
}
REQUIRED = ("name", "city")

MOST_HOUSEHOLDS = 30_000  # the largest estates of China have fewer; sites tell up to 2,008,042
MOST_BUILDINGS = 10_000
FIRST_YEAR = 1900
LENGTHS = {"key": 110, "name": 120, "city": 40, "district": 40, "address": 300}
_NUMBER = re.compile(r"(\d[\d,]*)(?:\.0*)?\s*[户栋幢座个]?")
_YEAR = re.compile(r"(\d{1,9})(?:\.0*)?(?:\s*年.*|-\d.*)?")
_ABSURD_DIGITS = 12


@dataclass(slots=True)
class Facts:
    """One row: text as received, numbers read, 0 for unknown taken as unknown.

    ``lon`` and ``lat`` are as received, in the file's system. ``notes`` says what was not taken over and why:
    (reason, detail).
    """

    key: str = ""
    name: str = ""
    city: str = ""
    district: str = ""
    address: str = ""
    households: int | None = None
    buildings: int | None = None
    build_year: int | None = None
    price_tier: int | None = None
    lon: float | None = None
    lat: float | None = None
    notes: list[tuple[str, str]] = field(default_factory=list)


def read_facts(values: Mapping[str, str], column_of: Mapping[str, str], *, last_year: int) -> Facts:
    """The facts of a row. A secondary value that cannot be is left out and noted, the row is kept."""
    text = {name: values.get(column_of.get(name, ""), "") for name in COLUMNS}
    facts = Facts(key=text["key"], name=text["name"], city=text["city"], district=text["district"])
    for name in ("district", "address"):
        if len(text[name]) > LENGTHS[name]:
            facts.notes.append((f"{name}_too_long", text[name][:20]))
            text[name] = ""
    facts.district, facts.address = text["district"], text["address"]
    facts.households = _number(facts, "households", text["households"], None)
    facts.buildings = _number(facts, "buildings", text["buildings"], MOST_BUILDINGS)
    facts.price_tier = _number(facts, "price_tier", text["price_tier"], 5)
    facts.build_year = _year(facts, text["build_year"], last_year)
    facts.lon, facts.lat = _point(facts, text["lon"], text["lat"])
    return facts


def refusal(facts: Facts) -> str:
    """The reason code for which the row cannot be taken, whatever its place; empty when it can."""
    if not facts.name:
        return "no_name"
    if is_placeholder(facts.name):
        return "placeholder"
    if len(facts.name) > LENGTHS["name"] or len(facts.key) > LENGTHS["key"]:
        return "too_long"
    if facts.households is not None and facts.households > MOST_HOUSEHOLDS:
        return "absurd_households"
    return ""


def _number(facts: Facts, name: str, text: str, most: int | None) -> int | None:
    if not text:
        return None
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text))
    if not found:
        facts.notes.append(("bad_number", f"{name} {text}"))
        return None
    digits = found[1].replace(",", "")
    number = int(digits) if len(digits) <= _ABSURD_DIGITS else 10**_ABSURD_DIGITS
    if most is not None and number > most:
        facts.notes.append(("bad_number", f"{name} {text}"))
        return None
    return number or None


def _year(facts: Facts, text: str, last_year: int) -> int | None:
    if not text:
        return None
    found = _YEAR.fullmatch(unicodedata.normalize("NFKC", text))
    if not found:
        facts.notes.append(("bad_number", f"build_year {text}"))
        return None
    year = int(found[1])
    if year and not FIRST_YEAR <= year <= last_year:
        facts.notes.append(("absurd_year", text))
        return None
    return year or None


def _point(facts: Facts, lon: str, lat: str) -> tuple[float | None, float | None]:
    if not lon and not lat:
        return None, None
    try:
        x, y = float(lon), float(lat)
    except ValueError:
        x = y = math.nan
    if not (math.isfinite(x) and math.isfinite(y)):
        facts.notes.append(("bad_point", f"{lon} {lat}"))
        return None, None
    return x, y
