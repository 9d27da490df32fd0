"""Address → community by its exact name."""

import re
from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum

from geo.matching.names import name_key
from geo.models import CommunityName

_house = re.compile(r"[0-9]+(?:-[0-9]+)*$")


@dataclass(frozen=True, slots=True)
class Located:
    community_id: int
    confidence: float
    house: str


class Why(StrEnum):
    EMPTY = "empty"
    NO_CITY = "no_city"
    NO_DISTRICT = "no_district"
    UNKNOWN_COMMUNITY = "unknown_community"
    AMBIGUOUS = "ambiguous"


@dataclass(frozen=True, slots=True)
class NotLocated:
    reason: Why


class AddressLibrary:
    def __init__(self, communities: dict[tuple[str, str], set[int]]) -> None:
        self._communities = communities

    @classmethod
    def load(cls) -> "AddressLibrary":
        communities: dict[tuple[str, str], set[int]] = defaultdict(set)
        for row in CommunityName.objects.select_related("community__district", "city"):
            district = row.community.district.name if row.community.district else ""
            communities[row.city.name, row.key].add(row.community_id)
            communities[row.city.name, district + row.key].add(row.community_id)
        return cls(communities)

    def locate(self, text: str, *, city: str = "", district: str = "") -> Located | NotLocated:
        if not text:
            return NotLocated(Why.EMPTY)
        house = _house.search(text)
        name = name_key(text[: house.start()] if house else text)
        cities = {name for name, _key in self._communities if text.startswith(name)} or {city}
        for where in cities:
            key = name.removeprefix(where)
            found = self._communities.get((where, key)) or self._communities.get((where, district + key)) or set()
            if len(found) == 1:
                return Located(next(iter(found)), 0.9, house[0] if house else "")
            if found:
                return NotLocated(Why.AMBIGUOUS)
        return NotLocated(Why.UNKNOWN_COMMUNITY if cities != {""} else Why.NO_CITY)
