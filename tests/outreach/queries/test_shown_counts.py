"""What the counts of an audience give away: the whole knowledge of a reader who asks everything.

The attack is inference at its strongest: of all populations that a community may have, the reader keeps those that
would have been shown exactly as this one was, at both levels, on both channels, and on the map. A count is
recovered when all that are left agree on it. It is tried on small communities, exhaustively, and on twins of the
rule that round in a simpler way, where it succeeds.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from itertools import accumulate, combinations_with_replacement, product
from statistics import mean

import pytest
from django.db import connection

from geo.models import Community
from outreach.actions.publish_audience import publish_audience
from outreach.models import Channel
from outreach.queries.area import Area
from outreach.queries.audience_counts import audience_counts
from tests.builders import make_category
from tests.conftest import Town
from tests.outreach.audience import make_buyers

# A person: need level, standing on the first channel, standing on the second
Person = tuple[int, int, int]
Population = tuple[Person, ...]
Parts = tuple[int, ...]
Release = Callable[[Population, int], Iterator[Hashable]]
LEVELS, CHANNELS, STANDINGS = (3, 4), (0, 1), (0, 1, 2, 3)


def parts_of(people: Population, level: int, channel: int) -> Parts:
    standings = [person[1 + channel] for person in people if person[0] >= level]
    return tuple(standings.count(standing) for standing in STANDINGS)


def as_shown(parts: Parts, place: int) -> Parts:
    """The rule: every fifth of the line counts as five."""
    edges = [(upto + place) // 5 * 5 for upto in accumulate(parts)]
    return tuple(high - low for low, high in zip([0, *edges], edges, strict=False))


def on_the_map(count: int) -> int | None:
    return (count + 2) // 5 * 5 if count >= 5 else None


def the_rule(people: Population, draw: int) -> Iterator[Hashable]:
    """One line for both levels; ``draw`` is its place."""
    for channel in CHANNELS:
        strongest, all_of_them = (parts_of(people, level, channel) for level in (4, 3))
        yield as_shown((*strongest, *(n - m for n, m in zip(all_of_them, strongest, strict=True))), draw)


def a_line_for_each_level(people: Population, draw: int) -> Iterator[Hashable]:
    """Planted: what is shown of level 3 and above, and of level 4, begins at places of their own."""
    for place, level in zip(divmod(draw, 5), LEVELS, strict=True):
        for channel in CHANNELS:
            yield as_shown(parts_of(people, level, channel), place)


def each_part_for_itself(people: Population, draw: int) -> Iterator[Hashable]:
    """Planted: every part of level 3 and above rounded up or down by itself; ``draw`` says which."""
    for channel in CHANNELS:
        for standing, part in enumerate(parts_of(people, 3, channel)):
            up = draw >> standing & 1
            yield part // 5 * 5 + (5 if part % 5 and up else 0)


def exact(people: Population, draw: int) -> Iterator[Hashable]:
    """Planted: nothing is done."""
    return (parts_of(people, level, channel) for level, channel in product(LEVELS, CHANNELS))


def recovered(
    release: Release, draws: int, most_people: int, *, standings: int, levels: tuple[int, ...] = LEVELS
) -> int:
    """How many small counts (1 to 4) of how many populations a reader knows for certain."""
    persons = [(level, first, second) for level in levels for first in range(standings) for second in range(standings)]
    possible: dict[Hashable, dict[Hashable, set[int]]] = defaultdict(lambda: defaultdict(set))
    asked = 0
    for size in range(most_people + 1):
        for people in combinations_with_replacement(persons, size):
            cells = {
                (level, channel, standing): part
                for level, channel in product(LEVELS, CHANNELS)
                for standing, part in enumerate(parts_of(people, level, channel))
            }
            for draw in range(draws):
                asked += 1
                known = possible[on_the_map(size), *release(people, draw)]
                for cell, part in cells.items():
                    known[cell].add(part)
    assert asked > 1000
    return sum(
        1
        for known in possible.values()
        for parts in known.values()
        if len(parts) == 1 and next(iter(parts)) in range(1, 5)
    )


@pytest.mark.parametrize(("most_people", "standings"), [(4, 3), (7, 2)])
def test_no_small_count_is_ever_certain(most_people: int, standings: int) -> None:
    # 4 and 7 people: all that the map shows as "<5", and as 5
    assert recovered(the_rule, 5, most_people, standings=standings) == 0


def test_the_attack_works_on_parts_that_are_rounded_each_for_itself() -> None:
    assert recovered(each_part_for_itself, 2**4, 4, standings=4, levels=(3,)) > 0


def test_the_attack_works_where_each_level_has_a_line_of_its_own() -> None:
    assert recovered(a_line_for_each_level, 25, 7, standings=2) > 0


def test_the_attack_works_on_exact_counts() -> None:
    assert recovered(exact, 1, 4, standings=3) > 100


def test_parts_are_right_on_average_and_add_up() -> None:
    for parts in product(range(8), repeat=3):
        shown = [as_shown(parts, place) for place in range(5)]
        assert tuple(mean(column) for column in zip(*shown, strict=True)) == parts
        for row in shown:
            assert all(number % 5 == 0 and abs(number - part) < 5 for number, part in zip(row, parts, strict=True))
            assert all(number == 0 for number, part in zip(row, parts, strict=True) if part == 0)


def test_places_are_even_and_nobody_steers_them(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select place, count(*) from (select place_in_five(count_noise(%s, g), (1 + g %% 9)::int) as place"
            " from generate_series(1, 20000) g) drawn group by 1 order by 1",
            [b"a key"],
        )
        places = dict(cursor.fetchall())
        cursor.execute(
            "select count(*) from generate_series(1, 2000) g where place_in_five(count_noise(%s, g), 7)"
            " = place_in_five(count_noise(%s, g), 7)",
            [b"a key", b"another"],
        )
        agreeing = cursor.fetchone()[0]
    assert list(places) == [0, 1, 2, 3, 4]
    assert all(abs(count - 4000) < 250 for count in places.values())
    assert abs(agreeing - 400) < 100


@pytest.fixture
def city(town: Town) -> list[Community]:
    """Forty communities of one to eight members who need a fridge, some of whom cannot be reached."""
    made = [
        Community.objects.create(
            name=f"小区{n}", region=town.north, district=town.north, city=town.city, region_path=town.north.path
        )
        for n in range(40)
    ]
    for number, community in enumerate(made):
        make_buyers(community, 1 + number % 4)
        make_buyers(community, number % 3, agreed=[])
        make_buyers(community, number % 5 % 2, channels=[])
    publish_audience()
    return made


def shown_of(town: Town, *communities: Community) -> Parts:
    area = Area(town.city, tuple(community.pk for community in communities))
    return audience_counts(area, category_id=make_category().pk, min_level=3, channel=Channel.SMS).shown


def test_the_database_counts_by_the_rule(town: Town, city: list[Community]) -> None:
    seen = set()
    for community in city:
        area = Area(town.city, (community.pk,))
        counts = audience_counts(area, category_id=make_category().pk, min_level=3, channel=Channel.SMS)
        by_the_rule = [as_shown(tuple(counts.exact), place) for place in range(5)]
        assert tuple(counts.shown) in by_the_rule
        seen.add(by_the_rule.index(tuple(counts.shown)))
    assert len(seen) > 1


def test_an_area_shows_the_sum_of_its_communities_so_no_difference_tells_more(
    town: Town, city: list[Community]
) -> None:
    alone = {community.pk: shown_of(town, community) for community in city}
    for start, stop in [(0, 40), (0, 39), (5, 25), (10, 30), (39, 40)]:
        together = shown_of(town, *city[start:stop])
        assert together == tuple(sum(column) for column in zip(*(alone[c.pk] for c in city[start:stop]), strict=True))
    assert (
        shown_of(town, *city)
        == audience_counts(Area(town.north), category_id=make_category().pk, min_level=3, channel=Channel.SMS).shown
    )


def test_asking_again_or_as_somebody_else_shows_the_same(town: Town, city: list[Community]) -> None:
    before = shown_of(town, *city)
    publish_audience()
    assert {shown_of(town, *city) for _ in range(5)} == {before}
