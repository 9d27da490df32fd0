from collections.abc import Callable

import pytest

from geo.models import Community
from members.models import Category, CommunityStat
from outreach.queries.look_alikes import MOST_ALIKE, look_alikes
from salesapp.staff.models import Employee
from tests.builders import make_category
from tests.conftest import Town

Add = Callable[..., Community]


@pytest.fixture
def add(town: Town) -> Add:
    def _add(name: str, coverage: int | None = None, **facts: object) -> Community:
        """In the North, as the willow is but for these facts."""
        usual = {"households": 1000, "build_year": 2004, "price_tier": 3}
        community = Community.objects.create(
            name=name, region=town.north, district=town.north, city=town.city, region_path=town.north.path,
            **(usual | facts),
        )  # fmt: skip
        if coverage is not None:
            stat(community, coverage)
        return community

    return _add


@pytest.fixture
def fridge(town: Town) -> Category:
    fridge = make_category()
    stat(town.willow, 30)
    return fridge


def stat(community: Community, coverage: int | None, category: str = "fridge") -> None:
    CommunityStat.objects.create(community_id=community.pk, category=make_category(category), coverage=coverage)


def alike(employee: Employee, community: Community) -> list[str]:
    return [one.name for one in look_alikes(employee, community.pk)]


def test_the_most_alike_come_first(mei: Employee, town: Town, add: Add) -> None:
    add("远", build_year=1990, households=2000, price_tier=5)
    add("近", build_year=2007)
    add("同")
    add("大", households=1900)
    assert alike(mei, town.willow) == ["同", "近", "大"]


@pytest.mark.parametrize(
    ("facts", "resembles"),
    [
        ({"build_year": 2021}, True),  # 1.7 on one of three, which together may be 3
        ({"build_year": 2022}, False),
        ({"build_year": 2014, "price_tier": 4, "households": 2000}, True),
        ({"build_year": 2015, "price_tier": 4, "households": 2000}, False),
        ({"build_year": None, "price_tier": None, "households": None}, True),
        ({"build_year": None, "price_tier": None, "households": 2100}, False),
        ({"households": 0, "price_tier": 4, "build_year": 2014}, True),
    ],
)
def test_where_resembling_ends(
    mei: Employee, town: Town, add: Add, facts: dict[str, int | None], resembles: bool
) -> None:
    add("它", **facts)
    assert alike(mei, town.willow) == (["它"] if resembles else [])


def test_coverage_counts_as_much_as_a_fact(mei: Employee, town: Town, add: Add, fridge: Category) -> None:
    add("少", coverage=9)
    add("未知")
    add("近", coverage=35)
    add("多", coverage=51)
    assert alike(mei, town.willow) == ["近", "未知"]


def test_coverage_is_compared_over_all_categories(mei: Employee, town: Town, add: Add, fridge: Category) -> None:
    for community, coverage in ((add("甲", coverage=30), 60), (add("乙", coverage=40), 30)):
        stat(community, coverage, "washer")
    stat(town.willow, 30, "washer")
    assert alike(mei, town.willow) == ["乙"]


def test_the_facts_come_with_them(mei: Employee, town: Town, add: Add) -> None:
    other = add("同", build_year=2005)
    (found,) = look_alikes(mei, town.willow.pk)
    assert found == (other.pk, "同", "北岸区", 2005, 1000, 3, None, None)


def test_too_little_known_resembles_nothing(mei: Employee, town: Town, add: Add) -> None:
    add("同")
    poor = add("知之甚少", households=None, build_year=None)
    assert alike(mei, poor) == []


def test_only_communities_of_the_readers_regions(mei: Employee, charlie: Employee, root: Employee, town: Town) -> None:
    assert alike(mei, town.willow) == []
    assert alike(root, town.willow) == ["白杨苑"]
    with pytest.raises(Community.DoesNotExist):
        look_alikes(charlie, town.willow.pk)


def test_who_sees_no_map_sees_no_look_alikes(dana: Employee, town: Town) -> None:
    with pytest.raises(Community.DoesNotExist):
        look_alikes(dana, town.willow.pk)


def test_no_more_than_a_sheet_holds(mei: Employee, town: Town, add: Add) -> None:
    for number in range(MOST_ALIKE + 2):
        add(f"同{number}")
    assert alike(mei, town.willow) == [f"同{number}" for number in range(MOST_ALIKE)]
