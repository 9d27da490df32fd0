"""Address → community: the deployment's own regions and community names, looked up, never guessed.

General address parsers do not answer this question: cpca keeps abolished units and guesses 长春 for a bare
朝阳区, jionlp reads 308 addresses a second, and neither finds the 小区 or knows a deployment's regions.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from geo.matching.community_names import CityNames
from geo.matching.house_number import read_house_number
from geo.matching.names import name_key
from geo.matching.region_names import NOTHING_TOLD, Place, RegionSpellings, RegionsTold, in_both
from geo.queries.address_names import (
    NamedCommunity,
    RegionName,
    community_addresses,
    community_names,
    region_names,
)

# How sure a match is, from 0 to 1.
BY_DISTRICT = 0.99  # the address names the district, and the name is the only one in it
BY_HINT = 0.95  # the district came from beside the address
BY_CITY = 0.9  # no district, or none on file for the community; the name is the only one in the city
LOOSE = 0.1  # taken off when something unknown stands before the name: a quarter, a developer
FUZZY = 0.3  # taken off when the name was mended: see CityNames.mended

# 齐恒路118弄 in a community's address is as good as a name; a range of numbers is not.
_LANE = re.compile(r"[一-鿿]{1,8}(?:路|街|大道|道|巷|胡同|条)\d{1,5}(?:弄|号院?)(?![\d甲乙丙丁\-—–~、])")
_DISTRICT_BITS = 24


@dataclass(frozen=True, slots=True)
class Located:
    """The community an address names. ``house`` is the canonical door (12-3-502), empty when none is told."""

    community_id: int
    confidence: float
    house: str


class Why(StrEnum):
    """Why an address was not located."""

    EMPTY = "empty"  # nothing but spaces and punctuation
    NO_CITY = "no_city"  # no city of this deployment, or a district that several cities have
    NO_DISTRICT = "no_district"  # several districts of the city have the name and none is told
    UNKNOWN_COMMUNITY = "unknown_community"
    AMBIGUOUS = "ambiguous"  # several communities of one district have the name


@dataclass(frozen=True, slots=True)
class NotLocated:
    reason: Why


class AddressLibrary:
    """Finds the community of a written address among the deployment's own.

    Build it once a run: loading reads all names (a million in 3 s and 190 MB), a look-up then touches no
    database and takes 30 µs.

    On the real names of Beijing, Shanghai and Qingdao in ``../shared/data/communities`` (54,280 of them, 6,000
    drawn, with a door): 上海市长宁区虹桥新城… 99.3 % right and 0.05 % wrong; with a road before the name
    99.2 and 0.2 %; without the district 98.6 and 0.05 %; all in short names 97.9 and 0.2 %. With half of the
    communities taken out, 5.7 % of the addresses of those are still located, most at another spelling
    of the same place (广中路146号小区 at 广中路146号). A Shanghai address by road and lane alone is found
    through the street addresses of the communities: of 5,643 such, 74 % at the community and 11 % at the one
    that bears the lane as its name; without the street addresses 3 and 12 %.
    tests/geo/matching/test_on_real_addresses.py guards the figures.
    """

    def __init__(
        self,
        regions: Iterable[RegionName],
        names: Iterable[NamedCommunity],
        addresses: Iterable[NamedCommunity] = (),
    ) -> None:
        self._cities: defaultdict[int, CityNames] = defaultdict(CityNames)
        for city, key, community, district in names:
            if len(key) >= 2:
                self._cities[city].add(key, _home(community, district))
        for city, address, community, district in addresses:
            for lane in _LANE.findall(unicodedata.normalize("NFKC", address)):
                self._cities[city].add_lane(lane, _home(community, district))
        for found in self._cities.values():
            found.finish()
        self._regions = RegionSpellings(regions, self._cities.keys())

    @classmethod
    def load(cls) -> "AddressLibrary":
        return cls(region_names(), community_names(), community_addresses())

    def locate(self, text: str, *, city: str = "", district: str = "") -> Located | NotLocated:
        """The community and door that ``text`` names. ``city`` and ``district`` help where it is silent.

        A region written in full in the text wins over the hints, a hint over a short name. A name must end
        where a door begins, or the address: 景泰西里 is not found in 景泰西里西区12号楼.
        """
        text = unicodedata.normalize("NFKC", text).lower()
        at: Sequence[int] = range(len(text))
        if not text.isalnum():
            at = [n for n in at if text[n].isalnum()]
        if not at:
            return NotLocated(Why.EMPTY)
        key = "".join([text[n] for n in at])

        told, hinted = self._regions_told(key, name_key(city), name_key(district))
        cities = {place.city for place in in_both(told.places, hinted) or told.places} - {0}
        if len(cities) != 1:
            return NotLocated(Why.NO_CITY)
        (city_id,) = cities
        names = self._cities.get(city_id)
        if names is None:
            return NotLocated(Why.UNKNOWN_COMMUNITY)
        in_text = {place.district for place in told.places} - {0}
        in_hint = {place.district for place in hinted if place.city == city_id} - {0}
        is_sure_of_city = any(place.city == city_id for place in hinted)

        reason = Why.UNKNOWN_COMMUNITY
        for hit in names.hits(key, text, at, told.ends, told.full_end):
            if hit.start < told.city_end and not is_sure_of_city:
                reason = Why.NO_CITY
                continue
            found = _decide(names.homes(hit.key), in_text if hit.start >= told.district_end else set(), in_hint)
            if not isinstance(found, Why):
                return Located(found[0], found[1] if hit.is_bounded else round(found[1] - LOOSE, 2), hit.door)
            reason = found
        if reason is Why.UNKNOWN_COMMUNITY and (mended := names.mended(key[told.end :])):
            found = _decide(names.homes(mended[0]), in_text, in_hint)
            if not isinstance(found, Why):
                house = read_house_number(text, [*at, len(text)][told.end + mended[1]])
                return Located(found[0], round(found[1] - FUZZY, 2), house.door)
        return NotLocated(reason)

    def _regions_told(self, key: str, city: str, district: str) -> tuple[RegionsTold, frozenset[Place]]:
        """What the text tells, and what the hints do. A hint undoes a short name that contradicts it."""
        told = self._regions.read(key)
        hinted = self._regions.read(city).places if city else NOTHING_TOLD.places
        if district:
            hinted = in_both(hinted, self._regions.read(district).places) or hinted
        if told.city_end and not in_both(told.places, hinted):
            told = NOTHING_TOLD
        return told, hinted


def _home(community: int, district: int | None) -> int:
    return community << _DISTRICT_BITS | (district or 0)


def _decide(homes: tuple[int, ...], in_text: set[int], hinted: set[int]) -> tuple[int, float] | Why:
    """The one home that agrees with the districts told, with how sure; else why there is none."""
    of_district = {home: home & ((1 << _DISTRICT_BITS) - 1) for home in homes}
    wanted = in_text or hinted
    if wanted:
        inside = [home for home, district in of_district.items() if district in wanted]
        if inside:
            sure = BY_DISTRICT if in_text else BY_HINT
            return (inside[0] >> _DISTRICT_BITS, sure) if len(inside) == 1 else Why.AMBIGUOUS
        of_district = {home: 0 for home, district in of_district.items() if not district}
    if len(of_district) == 1:
        return next(iter(of_district)) >> _DISTRICT_BITS, BY_CITY
    if not of_district:
        return Why.UNKNOWN_COMMUNITY
    return Why.AMBIGUOUS if len(set(of_district.values())) == 1 else Why.NO_DISTRICT
