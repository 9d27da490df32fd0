"""Which known community a row of a source means, when the name is the same."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import cos, hypot, radians

# Measured on 3,759 pairs of one name at two sites in Beijing, Shanghai and Qingdao: of those in one district
# 98 % lie within 2 km, and up to 10 km most have one address (geocoders differ); in two districts 74 % lie
# more than 5 km apart.
NEAR = 2_000.0  # metres: the same, whatever the districts
FAR = 10_000.0  # metres: not the same, though in one district
_METRES_PER_DEGREE = 111_320.0
_SHORTEST_BEGINNING = 3

Point = tuple[float, float]  # longitude, latitude, WGS-84


class Home(StrEnum):
    """What is said in place of a community."""

    NEW = "new"  # none of those known
    AMBIGUOUS = "ambiguous"  # one of several, and nothing tells which


@dataclass(slots=True)
class Whereabouts:
    """What is known of where a community or a row is: the districts it is said to lie in, its trusted points."""

    districts: set[int] = field(default_factory=set)
    points: set[Point] = field(default_factory=set)

    def learn(self, other: "Whereabouts") -> None:
        self.districts |= other.districts
        self.points |= other.points


def home_of(row: Whereabouts, known: Sequence[tuple[int, Whereabouts]]) -> int | Home:
    """The id of the community that the row means, among those of its name in its city.

    The same are two that have a point within 2 km of each other, or a district in common and no points more
    than 10 km apart. What cannot be compared (one has a point, the other only a district; or one has neither)
    is the same where it is the only one, and ambiguous where there are several.
    """
    same: list[tuple[float, int]] = []
    open_: list[int] = []
    for community, place in known:
        distance = _distance(row.points, place.points)
        shared = bool(row.districts & place.districts)
        if distance is not None:
            if distance <= (FAR if shared else NEAR):
                same.append((distance, community))
        elif shared:
            same.append((FAR, community))
        elif not (row.districts and place.districts):
            open_.append(community)
    if row.points and same:
        return min(same)[1]
    candidates = [community for _, community in same] or open_
    if len(candidates) == 1:
        return candidates[0]
    return Home.AMBIGUOUS if candidates else Home.NEW


def _distance(ours: Iterable[Point], theirs: Iterable[Point]) -> float | None:
    """Metres between the nearest two points, None when one side has none."""
    return min((_metres(one, other) for one in ours for other in theirs), default=None)


def _metres(one: Point, other: Point) -> float:
    east = (one[0] - other[0]) * cos(radians((one[1] + other[1]) / 2))
    return _METRES_PER_DEGREE * hypot(east, one[1] - other[1])


def is_same_entry(key: str, other: str) -> bool:
    """Whether two sites' rows with one id and these name keys are one entry of a shared database.

    Sites number their pages alike by chance, so the names must be equal or one begin with the other.
    """
    return key == other or (
        min(len(key), len(other)) >= _SHORTEST_BEGINNING and (key.startswith(other) or other.startswith(key))
    )
