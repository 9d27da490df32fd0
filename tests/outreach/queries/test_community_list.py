import pytest

from geo.models import Community, Region
from members.models import Category, CommunityStat
from outreach.errors import BadCursor
from outreach.queries.community_list import CommunityRow, community_list
from outreach.queries.visible import map_bounds
from salesapp.staff.models import Employee
from tests.conftest import Town


@pytest.fixture
def fridge(town: Town) -> Category:
    return Category.objects.create(code="fridge", name="冰箱", name_en="Fridge", lifetime_years=10)


@pytest.fixture
def many(town: Town, fridge: Category) -> list[Community]:
    """Twelve more communities in North, potential 5 … 60, every third one hidden."""
    made = []
    for number in range(12):
        community = Community.objects.create(
            name=f"小区{number}", region=town.north, district=town.north, city=town.city, region_path=town.north.path
        )
        CommunityStat.objects.create(
            community_id=community.id, category=fridge, potential_buyers=None if number % 3 == 0 else 5 * number
        )
        made.append(community)
    return made


def test_pages_together_give_every_community_once(mei: Employee, many: list[Community]) -> None:
    seen: list[CommunityRow] = []
    after = None
    for _ in range(10):
        page, after = community_list(mei, category="fridge", after=after, limit=5)
        seen += page
        if after is None:
            break
    assert len(seen) == 13
    assert len({row["id"] for row in seen}) == 13
    counts = [row["potential_buyers"]["count"] or 0 for row in seen]
    assert counts == sorted(counts, reverse=True)


def test_a_hidden_count_reads_below_five(mei: Employee, many: list[Community]) -> None:
    page, _ = community_list(mei, category="fridge", limit=50)
    assert page[-1]["potential_buyers"] == {"count": None, "label": "<5"}


def test_a_region_outside_ones_own_does_not_exist(charlie: Employee, town: Town, many: list[Community]) -> None:
    with pytest.raises(Region.DoesNotExist):
        community_list(charlie, category="fridge", region_id=town.north.id)
    page, _ = community_list(charlie, category="fridge")
    assert [row["id"] for row in page] == [town.poplar.id]


def test_who_has_no_region_sees_none(dana: Employee, fridge: Category) -> None:
    with pytest.raises(Region.DoesNotExist):
        community_list(dana, category="fridge")


def test_the_administrator_sees_the_whole_tree(root: Employee, many: list[Community]) -> None:
    page, _ = community_list(root, category="fridge", limit=50)
    assert len(page) == 14


@pytest.mark.parametrize("cursor", ["x", "", "MTp4", "OTk5OTk5OTk5OTk5OjE", "NTotOTk5OTk5OTk5OTk5OTk5OTk5OTk", "é"])
def test_a_foreign_cursor_is_refused(mei: Employee, fridge: Category, cursor: str) -> None:
    with pytest.raises(BadCursor):
        community_list(mei, category="fridge", after=cursor or "=")


def test_bounds_are_degrees_of_ones_own_regions(mei: Employee, dana: Employee) -> None:
    assert map_bounds(mei) == pytest.approx((120, 36.2, 120.2, 36.4), abs=1e-6)
    assert map_bounds(dana) is None


def test_bounds_are_of_the_districts_that_hold_communities(town: Town, root: Employee, mei: Employee) -> None:
    area = Region.objects.create(level="area", code="A1", name="片区", parent=town.north)
    Community.objects.filter(pk=town.willow.pk).update(region=area, region_path=area.path)
    assert map_bounds(mei) == pytest.approx((120, 36.2, 120.2, 36.4), abs=1e-6)
    assert map_bounds(root) == pytest.approx((120, 36, 120.2, 36.4), abs=1e-6)
    Community.objects.filter(pk=town.poplar.pk).delete()
    assert map_bounds(root) == map_bounds(mei)


def test_without_boundaries_the_bounds_are_of_the_points(town: Town, root: Employee) -> None:
    Region.objects.update(boundary_display=None)
    assert map_bounds(root) == pytest.approx((120.1, 36.1, 120.1, 36.3), abs=1e-6)
    Community.objects.update(point_display=None)
    assert map_bounds(root) is None
