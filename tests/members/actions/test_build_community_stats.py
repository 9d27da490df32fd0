from datetime import date
from random import Random

import pytest
from django.db import connection
from django.utils import timezone

from geo.models import Region
from members.actions.build_community_stats import build_community_stats
from members.models import Category, CommunityCount, CommunityStat, Member, Need, PublishedFigures, RegionStat
from tests.conftest import Town
from tests.members import people

TODAY = date(2026, 11, 1)


def need(member: Member, category: Category, level: int) -> None:
    Need.objects.create(member_id=member.pk, category=category, level=level, score=level * 20, reasons=[])


def stat(town: Town, category: Category, where: str = "willow") -> CommunityStat:
    return CommunityStat.objects.get(community_id=getattr(town, where).pk, category=category)


@pytest.mark.parametrize(
    ("count", "shown"), [(0, None), (4, None), (5, 5), (7, 5), (8, 10), (12, 10), (13, 15), (1_000_002, 1_000_000)]
)
@pytest.mark.django_db
def test_a_count_below_five_is_unknown_and_others_are_rounded_to_five(count: int, shown: int | None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select protected_count(%s)", [count])
        assert cursor.fetchone() == (shown,)


def test_planted_members_owners_and_buyers_come_out(town: Town) -> None:
    fridge, stove = people.category("fridge"), people.category("stove")
    product = people.product(fridge)
    members = [people.member(town.willow, household) for household in range(20)]
    for member in members[:13]:
        people.purchase(member, product, TODAY)
        people.purchase(member, product, TODAY)
    for number, member in enumerate(members):
        need(member, stove, 1 + number % 4)  # levels 3 and 4: ten members
    for member in [people.member(town.poplar) for _ in range(4)]:
        need(member, stove, 4)

    build_community_stats()

    owned, wanted, hidden = stat(town, fridge), stat(town, stove), stat(town, stove, "poplar")
    assert (owned.members, owned.owning_households, owned.potential_buyers, owned.coverage) == (20, 15, None, 2)
    assert (wanted.members, wanted.owning_households, wanted.potential_buyers, wanted.coverage) == (20, None, 10, None)
    assert (hidden.members, hidden.owning_households, hidden.potential_buyers) == (None, None, None)


def test_one_household_owns_once_however_many_live_there(town: Town) -> None:
    fridge = people.category("fridge")
    for household in range(5):
        for _ in range(2):
            people.purchase(people.member(town.willow, household), people.product(fridge), TODAY)

    build_community_stats()

    assert (stat(town, fridge).members, stat(town, fridge).owning_households) == (10, 5)


def test_who_refuses_profiling_is_a_member_but_no_buyer_and_who_is_erased_is_neither(town: Town) -> None:
    fridge = people.category("fridge")
    for _ in range(5):
        need(people.member(town.willow), fridge, 4)
        need(people.member(town.willow, refuses_profiling=True), fridge, 4)
        need(people.member(town.willow, erased_at="2026-01-01T00:00Z"), fridge, 4)

    build_community_stats()

    assert (stat(town, fridge).members, stat(town, fridge).potential_buyers) == (10, 5)


@pytest.mark.parametrize(("households", "coverage"), [(None, None), (0, None), (9, None), (10, 100), (20, 50)])
def test_coverage_is_shown_where_households_are_known_and_not_fewer_than_owners(
    town: Town, households: int | None, coverage: int | None
) -> None:
    fridge = people.category("fridge")
    town.willow.households = households
    town.willow.save()
    for household in range(9):
        people.purchase(people.member(town.willow, household), people.product(fridge), TODAY)

    build_community_stats()

    assert stat(town, fridge).owning_households == 10
    assert stat(town, fridge).coverage == coverage
    region = RegionStat.objects.get(region_id=town.north.pk, category=fridge)
    assert (region.owning_households, region.coverage) == (10, coverage)


def test_regions_of_every_level_are_sums_of_what_is_public(town: Town) -> None:
    fridge = people.category("fridge")
    area = Region.objects.create(level="area", code="A1", name="北一", parent=town.north)
    empty = Region.objects.create(level="area", code="A2", name="北二", parent=town.north)
    town.willow.region, town.willow.region_path = area, area.path
    town.willow.save()
    for household in range(8):
        people.purchase(people.member(town.willow, household), people.product(fridge), TODAY)
    for household in range(100, 104):
        people.purchase(people.member(town.poplar, household), people.product(fridge), TODAY)

    built = build_community_stats()

    sums = {row.region_id: row for row in RegionStat.objects.all()}
    figures = {
        region.pk: (sums[region.pk].communities, sums[region.pk].households, sums[region.pk].owning_households)
        for region in (area, empty, town.north, town.south, town.city, town.country)
    }
    assert figures == {
        area.pk: (1, 1000, 10), empty.pk: (0, 0, 0), town.north.pk: (1, 1000, 10), town.south.pk: (1, 1000, 0),
        town.city.pk: (2, 2000, 10), town.country.pk: (2, 2000, 10),
    }  # fmt: skip
    assert (sums[town.city.pk].coverage, sums[empty.pk].coverage) == (1, None)
    assert (built.community_rows, built.region_rows) == (2, 6)


def test_every_stored_count_is_unknown_or_a_multiple_of_five(town: Town) -> None:
    random = Random(3)
    categories = [people.category(f"c{number}") for number in range(3)]
    products = [people.product(category) for category in categories]
    for _ in range(60):
        member = people.member(random.choice([town.willow, town.willow, town.poplar]), random.randrange(40))
        people.purchase(member, random.choice(products), TODAY)
        need(member, random.choice(categories), random.randrange(1, 5))

    build_community_stats()

    rows = [
        count
        for counts in CommunityStat.objects.values_list("members", "owning_households", "potential_buyers")
        for count in counts
    ]
    assert len(rows) == 18
    assert any(rows)
    assert all(count is None or (count >= 5 and count % 5 == 0) for count in rows)
    sums = RegionStat.objects.values_list("members", "owning_households", "potential_buyers")
    assert all(count % 5 == 0 for counts in sums for count in counts)


def test_a_member_more_where_the_count_stays_hidden_changes_no_row(town: Town) -> None:
    fridge = people.category("fridge")

    def rows() -> list[tuple[object, ...]]:
        build_community_stats()
        return [
            *CommunityStat.objects.order_by("community_id").values_list(
                "community_id", "members", "owning_households", "potential_buyers", "coverage"
            ),
            *RegionStat.objects.order_by("region_id").values_list(
                "region_id", "members", "owning_households", "potential_buyers", "coverage"
            ),
        ]

    def add() -> None:
        member = people.member(town.willow)
        people.purchase(member, people.product(fridge), TODAY)
        need(member, fridge, 4)

    for _ in range(3):
        add()
    before = rows()
    add()

    assert len(before) == 6
    assert rows() == before
    assert PublishedFigures.objects.get(kind="community_stats").build == 2


def test_a_figure_moves_when_its_count_has_moved_by_five_and_not_before(town: Town) -> None:
    fridge = people.category("fridge")

    def shown(*, add: int = 0, lose: int = 0) -> int | None:
        for _ in range(add):
            need(people.member(town.willow), fridge, 4)
        for member in Member.objects.filter(erased_at=None)[:lose]:
            member.erased_at = timezone.now()
            member.save()
        build_community_stats()
        return stat(town, fridge).potential_buyers

    assert shown(add=4) is None
    assert [shown(add=1) for _ in range(4)] == [None] * 4  # five to eight
    assert shown(add=1) == 10  # nine
    assert [shown(lose=1) for _ in range(4)] == [10] * 4
    assert shown(lose=1) is None  # four
    assert shown(lose=4) is None
    assert shown(add=13) == 15


def test_the_table_behind_the_figures_has_the_counts_and_nothing_of_nobody(town: Town) -> None:
    fridge = people.category("fridge")
    for household in range(3):
        people.purchase(people.member(town.willow, household), people.product(fridge), TODAY)
    build_community_stats()
    rows = CommunityCount.objects.values_list("community_id", "members", "owning_households", "potential_buyers")
    assert list(rows) == [(town.willow.pk, 3, 3, 0)]
