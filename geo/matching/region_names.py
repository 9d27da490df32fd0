"""City and district at the beginning of an address, in any usual spelling, by the deployment's own tree."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

from geo.matching.divisions import FORMER_DISTRICTS, short_name
from geo.matching.names import name_key
from geo.queries.address_names import RegionName

_PEOPLES = (
    "(?<!内)蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|"
    "柯尔克孜|土|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|阿昌|普米|塔吉克|怒|乌孜别克|俄罗斯|鄂温克|德昂|保安|裕固|独龙|鄂伦春|各"
)
_AUTONOMOUS = re.compile(rf"(?:(?:{_PEOPLES})族?)*自治[区州县旗]$")
# 北京路, 长宁路: a short name before a road's ending is the road
_ROAD_NEXT = re.compile(r"(?:[东南西北中一二三四五六七八九十]){0,2}(?:路|街|大道|道|巷|弄|胡同)")
# Names of the division tables that nobody writes on an envelope; the place above gives the name.
_UNNAMED = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})


def spoken_name(name: str) -> str:
    """The name as people say it: 上海, 浦东, 恩施. The name itself where one character would be left (易县)."""
    short = _AUTONOMOUS.sub("", name)
    return short if 2 <= len(short) < len(name) else short_name(name)


class Place(NamedTuple):
    """Where a region's name points, as ids from the province down; 0 is not told."""

    province: int = 0
    city: int = 0
    district: int = 0

    def narrowed(self, other: "Place") -> "Place | None":
        """The place that is in both, None where they contradict each other."""
        for one, two in zip(self, other, strict=True):
            if one and two and one != two:
                return None
        return Place(self.province or other.province, self.city or other.city, self.district or other.district)


@lru_cache(maxsize=65_536)  # the same few regions stand before every address
def in_both(some: frozenset[Place], others: frozenset[Place]) -> frozenset[Place]:
    """The places that are possible when both are told."""
    return frozenset(place for one in some for two in others if (place := one.narrowed(two)) is not None)


class RegionsTold(NamedTuple):
    """What the region names at the beginning of a key told.

    Community names begin at ``full_end`` at the earliest. A short name (朝阳) may as well be the beginning of
    one (朝阳新城): ``city_end`` and ``district_end`` are where the short name ends that told it, else 0.
    """

    places: frozenset[Place]
    ends: tuple[int, ...] = (0,)  # of every name read
    full_end: int = 0
    city_end: int = 0
    district_end: int = 0

    @property
    def end(self) -> int:
        return self.ends[-1]

    @property
    def cities(self) -> set[int]:
        return {place.city for place in self.places} - {0}


NOTHING_TOLD = RegionsTold(frozenset({Place()}))


class RegionSpellings:
    """All spellings of all regions. ``cities`` are the ids that communities call their city."""

    def __init__(self, regions: Iterable[RegionName], cities: Collection[int]) -> None:
        self._full: dict[str, frozenset[Place]] = {}
        self._short: dict[str, frozenset[Place]] = {}
        names: dict[int, str] = {}
        provinces: set[int] = set()
        for region in regions:
            *above, own = [int(part) for part in region.path.split(".") if part]
            name = names.get(above[-1], region.name) if above and region.name in _UNNAMED else region.name
            names[own] = name
            if region.level == "province":
                provinces.add(own)
            province = next((part for part in (*above, own) if part in provinces), 0)
            city = next((part for part in (own, *reversed(above)) if part in cities), 0)
            if region.level == "city":
                city = own
            elif region.level == "area" or (region.level == "district" and not city):
                continue
            place = Place(province, city, own if region.level == "district" else 0)
            self._add(name_key(name), place)
            for former, successor in FORMER_DISTRICTS.get(spoken_name(names.get(city, "")), {}).items():
                if place.district and successor == spoken_name(name):
                    self._add(f"{former}区", place)
        lengths: defaultdict[str, set[int]] = defaultdict(set)
        for spelling in (*self._full, *self._short, *_UNNAMED):
            lengths[spelling[:2]].add(len(spelling))
        self._lengths = {start: sorted(found, reverse=True) for start, found in lengths.items()}

    def _add(self, full: str, place: Place) -> None:
        self._full[full] = self._full.get(full, frozenset()) | {place}
        if (short := spoken_name(full)) != full:
            self._short[short] = self._short.get(short, frozenset()) | {place}

    def read(self, key: str) -> RegionsTold:
        """The regions named one after the other from the beginning of ``key``, until one contradicts."""
        told = NOTHING_TOLD
        while following := self._next(key, told):
            told = following
        return told

    def _next(self, key: str, told: RegionsTold) -> RegionsTold | None:
        for length in self._lengths.get(key[told.end : told.end + 2], ()):
            end = told.end + length
            spelling = key[told.end : end]
            is_full = spelling in self._full
            if spelling in _UNNAMED:
                return told._replace(ends=(*told.ends, end), full_end=end)
            meanings = self._full.get(spelling) or self._short.get(spelling)
            if not meanings or (not is_full and _ROAD_NEXT.match(key, end)):
                continue
            places = in_both(told.places, meanings)
            if not places:
                continue
            after = RegionsTold(places, (*told.ends, end), told.full_end)
            if is_full and spelling[-1] == "市" and self._begins_district(key, end - 1, after):
                continue
            if is_full:
                return after._replace(full_end=end)
            return after._replace(
                city_end=told.city_end if after.cities == told.cities else end,
                district_end=told.district_end if after.places == told.places else end,
            )
        return None

    def _begins_district(self, key: str, start: int, told: RegionsTold) -> bool:
        """Is the 市 of 青岛市北区 that of 市北区?"""
        for length in self._lengths.get(key[start : start + 2], ()):
            for place in self._full.get(key[start : start + length], ()):
                if place.district and place.city in told.cities:
                    return True
        return False
