from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from geo.models import Community, CommunityName
from members.models import Category, CommunityStat, PublishedFigures, RegionStat
from outreach.queries.district_steps import district_steps
from salesapp.staff.models import Employee
from tests.builders import make_category
from tests.conftest import Town

PagesOf = Callable[[Employee], Client]


@pytest.fixture
def fridge(town: Town) -> Category:
    fridge = make_category()
    for community, potential, coverage in ((town.willow, 35, 2), (town.poplar, None, None)):
        CommunityStat.objects.create(
            community_id=community.id, category=fridge, members=60, owning_households=20, potential_buyers=potential,
            coverage=coverage,
        )  # fmt: skip
    PublishedFigures.objects.create(kind="community_stats", build=1, as_of=datetime(2026, 11, 21, 18, tzinfo=UTC))
    return fridge


def region_stat(region_id: int, category: Category, potential: int) -> None:
    RegionStat.objects.create(
        region_id=region_id, category=category, communities=1, households=1000, members=60, owning_households=20,
        potential_buyers=potential, coverage=2,
    )  # fmt: skip


def test_the_map_opens_on_the_readers_own_region(mei: Employee, pages_of: PagesOf, fridge: Category) -> None:
    shown = pages_of(mei).get("/map/").content.decode()
    bounds = shown.split('data-bounds="')[1].split('"')[0]
    assert [round(float(edge), 3) for edge in bounds.split()] == [120.0, 36.2, 120.2, 36.4]
    assert "数据截至 2026年11月22日" in shown


def test_an_unknown_category_is_answered_by_the_first(mei: Employee, pages_of: PagesOf, fridge: Category) -> None:
    shown = pages_of(mei).get("/map/?category=submarine").content.decode()
    assert '<option value="fridge" selected>冰箱</option>' in shown


def test_without_figures_the_map_says_so(mei: Employee, pages_of: PagesOf) -> None:
    assert "数据尚未生成" in pages_of(mei).get("/map/").content.decode()


def test_the_list_shows_the_maps_figures(mei: Employee, pages_of: PagesOf, fridge: Category) -> None:
    shown = pages_of(mei).get("/map/list/?category=fridge").content.decode()
    for part in ("垂柳新村", "35", "2%", "1000 户"):
        assert part in shown
    assert "白杨苑" not in shown


def test_a_small_count_is_shown_as_below_5(charlie: Employee, pages_of: PagesOf, fridge: Category) -> None:
    assert "&lt;5" in pages_of(charlie).get("/map/list/?category=fridge").content.decode()


def test_the_list_says_why_it_stands_in_for_the_map(mei: Employee, pages_of: PagesOf, fridge: Category) -> None:
    client = pages_of(mei)
    assert "本设备无法显示地图" in client.get("/map/list/?no_map=1").content.decode()
    assert "本设备无法显示地图" not in client.get("/map/list/").content.decode()


def test_a_made_up_cursor_is_no_page(mei: Employee, pages_of: PagesOf, fridge: Category) -> None:
    assert pages_of(mei).get("/map/list/?after=%00rubbish").status_code == 404


@pytest.mark.parametrize("htmx", [True, False])
def test_a_community_tells_its_facts_and_figures(
    mei: Employee, pages_of: PagesOf, town: Town, fridge: Category, htmx: bool
) -> None:
    headers = {"HX-Request": "true"} if htmx else {}
    answer = pages_of(mei).get(f"/map/communities/{town.willow.id}/?category=fridge", headers=headers)
    shown = answer.content.decode()
    assert ("<html" in shown) is not htmx
    for part in ("垂柳新村", "北岸区", "2004", "冰箱潜在用户", "35"):
        assert part in shown


def test_another_region_finds_no_such_community(
    charlie: Employee, pages_of: PagesOf, town: Town, fridge: Category
) -> None:
    client = pages_of(charlie)
    assert client.get(f"/map/communities/{town.willow.id}/").status_code == 404
    assert "垂柳新村" not in client.get("/map/list/").content.decode()


@pytest.mark.parametrize(
    "address", ["/map/", "/map/list/", "/map/search/?q=x", "/map/communities/1/", "/map/communities/1/alike/"]
)
def test_who_may_not_see_the_map_is_refused(dana: Employee, pages_of: PagesOf, address: str) -> None:
    assert pages_of(dana).get(address).status_code == 403


@pytest.mark.parametrize(
    ("strongest", "steps"),
    [
        (0, [0, 1, 2, 3, 4]),
        (7, [0, 1, 2, 3, 4]),
        (8, [0, 2, 4, 6, 8]),
        (199, [0, 20, 40, 60, 80]),
        (11215, [0, 2000, 4000, 6000, 8000]),
    ],
)
def test_the_strongest_district_has_the_last_colour(
    mei: Employee, town: Town, fridge: Category, strongest: int, steps: list[int]
) -> None:
    region_stat(town.north.id, fridge, strongest)
    region_stat(town.south.id, fridge, 99999)  # not in her scope
    assert district_steps(mei) == {"fridge": steps}


def test_a_base_map_widens_the_policy_of_the_map_alone_and_by_its_host_alone(
    mei: Employee, pages_of: PagesOf, settings: Settings
) -> None:
    settings.BASE_MAP_URL = "https://tiles.example.com/{z}/{x}/{y}.png"
    settings.BASE_MAP_ATTRIBUTION = "© 某图 <b>"
    client = pages_of(mei)
    answer = client.get("/map/")
    shown = answer.content.decode()
    assert 'data-ground="https://tiles.example.com/{z}/{x}/{y}.png" data-raster' in shown
    assert "© 某图 &lt;b&gt;" in shown
    policy = dict(part.split(" ", 1) for part in answer["Content-Security-Policy"].split("; "))
    assert policy["connect-src"] == "'self' https://tiles.example.com"
    assert policy["img-src"] == "'self' data: blob: https://tiles.example.com"
    assert sum("example.com" in sources for sources in policy.values()) == 2
    assert "example.com" not in client.get("/map/list/")["Content-Security-Policy"]
    settings.BASE_MAP_URL = ""
    answer = client.get("/map/")
    assert "example.com" not in answer["Content-Security-Policy"]
    assert "data-ground" not in answer.content.decode()


@pytest.mark.parametrize("htmx", [True, False])
def test_search_finds_communities_of_ones_own_regions(mei: Employee, pages_of: PagesOf, town: Town, htmx: bool) -> None:
    headers = {"HX-Request": "true"} if htmx else {}
    client = pages_of(mei)
    shown = client.get("/map/search/", {"q": "垂柳", "category": "fridge"}, headers=headers).content.decode()
    assert ("<html" in shown) is not htmx
    assert f'data-id="{town.willow.pk}" data-place="120.' in shown
    assert "1 个小区" in shown or "1 community" in shown
    for typed in ("白杨", "没有"):
        shown = client.get("/map/search/", {"q": typed}, headers=headers).content.decode()
        assert 'data-id="' not in shown
        assert "您的区域内没有此名称的小区" in shown
    assert "没有此名称" not in client.get("/map/search/", {"q": " "}, headers=headers).content.decode()


def test_a_search_that_is_cut_says_of_how_many(mei: Employee, pages_of: PagesOf, town: Town) -> None:
    for each in range(101):
        place = Community.objects.create(
            name=f"松林{each:03}", region=town.north, district=town.north, region_path=town.north.path
        )
        CommunityName.objects.create(community=place, city=town.city, key=place.name, name=place.name)
    shown = pages_of(mei).get("/map/search/", {"q": "松林"}).content.decode()
    assert shown.count('data-id="') == 20
    assert "仅显示前 20 个，共 101 个" in shown


def test_the_sheet_leads_there_by_the_phones_own_map(mei: Employee, pages_of: PagesOf, town: Town) -> None:
    address = f"/map/communities/{town.willow.pk}/"
    shown = pages_of(mei).get(address).content.decode()
    assert shown.count('rel="noopener noreferrer"') == 4
    assert "https://uri.amap.com/navigation?to=120." in shown
    Community.objects.filter(pk=town.willow.pk).update(point=None)
    assert "uri.amap.com" not in pages_of(mei).get(address).content.decode()


def test_look_alikes_are_asked_for_by_the_sheet_and_on_the_page_itself(
    root: Employee, charlie: Employee, pages_of: PagesOf, town: Town
) -> None:
    address = f"/map/communities/{town.willow.pk}/"
    client = pages_of(root)
    assert "白杨苑" in client.get(address).content.decode()
    assert "白杨苑" not in client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "白杨苑" in client.get(f"{address}alike/", headers={"HX-Request": "true"}).content.decode()
    assert pages_of(charlie).get(f"{address}alike/").status_code == 404


def test_for_htmx_the_list_is_its_rows(mei: Employee, pages_of: PagesOf, fridge: Category) -> None:
    shown = pages_of(mei).get("/map/list/?category=fridge", headers={"HX-Request": "true"}).content.decode()
    assert "垂柳新村" in shown
    assert "<html" not in shown
