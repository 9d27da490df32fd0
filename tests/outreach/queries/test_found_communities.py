import pytest

from geo.matching.names import name_key
from geo.models import Community, CommunityName
from outreach.queries.found_communities import MOST_FOUND, found_communities
from salesapp.staff.models import Employee
from salesapp.staff.queries.bounded_count import Counted
from tests.conftest import Town


def name(community: Community, spelling: str, town: Town) -> None:
    CommunityName.objects.create(community=community, city=town.city, name=spelling, key=name_key(spelling))


def add(town: Town, spelling: str) -> Community:
    community = Community.objects.create(
        name=spelling, region=town.north, district=town.north, city=town.city, region_path=town.north.path
    )
    name(community, spelling, town)
    return community


def names(employee: Employee, typed: str) -> list[str]:
    return [found.name for found in found_communities(employee, typed)[0]]


@pytest.mark.parametrize("typed", ["垂柳新村", "柳新", " 垂 柳", "垂"])
def test_a_part_of_the_name_is_enough(mei: Employee, town: Town, typed: str) -> None:
    found, total = found_communities(mei, typed)
    assert [(one.id, one.name, one.region) for one in found] == [(town.willow.pk, "垂柳新村", "北岸区")]
    assert (found[0].x, found[0].y) == pytest.approx((120.1, 36.3), abs=1e-6)
    assert total == Counted(1)


def test_another_spelling_finds_it_once(mei: Employee, town: Town) -> None:
    name(town.willow, "垂柳新村小区", town)
    name(town.willow, "ＨＡＰＰＹ垂柳", town)
    assert names(mei, "垂柳") == names(mei, "happy") == ["垂柳新村"]


def test_who_begins_with_it_comes_first_then_the_shorter(mei: Employee, town: Town) -> None:
    add(town, "新垂柳")
    add(town, "垂柳新村二期")
    assert names(mei, "垂柳") == ["垂柳新村", "垂柳新村二期", "新垂柳"]


def test_another_region_is_not_found(mei: Employee, charlie: Employee, dana: Employee, root: Employee) -> None:
    assert names(mei, "白杨") == names(charlie, "垂柳") == names(dana, "垂柳") == []
    assert names(charlie, "白杨") == ["白杨苑"]
    assert names(root, "村") == ["垂柳新村"]


@pytest.mark.parametrize("typed", ["", "  ", "%", "_", "\0", "没有"])
def test_nothing_typed_and_signs_find_nothing(mei: Employee, typed: str) -> None:
    assert found_communities(mei, typed) == ([], Counted(0))


@pytest.mark.parametrize("there", [MOST_FOUND, MOST_FOUND + 1, 101])
def test_a_list_that_is_cut_says_of_how_many(mei: Employee, town: Town, there: int) -> None:
    for number in range(there):
        add(town, f"松林{number:02}")
        name(Community.objects.get(name=f"松林{number:02}"), f"松林{number:02}别名", town)
    found, total = found_communities(mei, "松林")
    assert (len(found), total) == (MOST_FOUND, Counted(there))


def test_one_without_a_trusted_point_is_found_too(mei: Employee, town: Town) -> None:
    add(town, "松林")
    assert found_communities(mei, "松林")[0][0].x is None
