import pytest

from members.models import Category, CommunityStat, RegionStat
from salesapp.staff.models import Employee
from tests.builders import make_category
from tests.conftest import Town
from tests.pages.conftest import OpenPhone, Phone

pytestmark = pytest.mark.browser

MAP = "document.getElementById('map').salesappMap"


@pytest.fixture
def fridge(town: Town) -> Category:
    fridge = make_category()
    CommunityStat.objects.create(
        community_id=town.willow.id, category=fridge, members=60, owning_households=20, potential_buyers=35, coverage=2
    )
    RegionStat.objects.create(
        region_id=town.north.id, category=fridge, communities=1, households=1000, members=60, owning_households=20,
        potential_buyers=35, coverage=2,
    )  # fmt: skip
    washer = make_category("washer", "洗衣机", position=200)
    CommunityStat.objects.create(
        community_id=town.willow.id,
        category=washer,
        members=60,
        owning_households=20,
        potential_buyers=215,
        coverage=40,
    )
    return fridge


def settle(phone: Phone) -> None:
    phone.until(f"{MAP} && {MAP}.loaded() && !{MAP}.isMoving()")
    phone.page.wait_for_timeout(200)


def closer(phone: Phone) -> None:
    phone.page.evaluate(f"() => {{ {MAP}.jumpTo({{ center: [120.1, 36.3], zoom: 14 }}); }}")
    settle(phone)


def drawn(phone: Phone, layer: str) -> list[dict[str, object]]:
    features: list[dict[str, object]] = phone.page.evaluate(
        f"() => {MAP}.queryRenderedFeatures({{ layers: ['{layer}'] }}).map((f) => ({{ id: f.id, ...f.properties }}))"
    )
    return features


def tap_community(phone: Phone) -> None:
    place = phone.page.evaluate(
        f"""() => {{
          const map = {MAP}, at = map.project([120.1, 36.3]), frame = map.getContainer().getBoundingClientRect();
          return [at.x + frame.left, at.y + frame.top];
        }}"""
    )
    phone.page.touchscreen.tap(*place)
    phone.page.wait_for_selector("#sheet:not([hidden])")


def test_mei_starts_in_the_communities_of_her_one_district(
    phone: Phone, mei: Employee, town: Town, fridge: Category
) -> None:
    phone.sign_in("mei")
    assert phone.page.url.endswith("/map/")
    settle(phone)
    assert phone.page.is_visible(".scale-communities")
    assert phone.page.inner_text(".ground-name") == "北岸区"
    assert phone.page.inner_text(".place") == "垂柳新村"


def test_farther_away_are_districts_and_a_tap_leads_back(
    phone: Phone, mei: Employee, town: Town, fridge: Category
) -> None:
    phone.sign_in("mei")
    settle(phone)
    phone.page.evaluate(f"() => {{ {MAP}.jumpTo({{ center: [120.1, 36.3], zoom: 10 }}); }}")
    settle(phone)
    assert {feature["name"] for feature in drawn(phone, "district-fill")} == {"北岸区"}
    assert phone.page.inner_text(".district") == "北岸区\n≥35"
    assert phone.page.is_visible(".scale-districts")
    phone.screenshot("map-districts")

    phone.page.tap(".district")
    settle(phone)
    assert phone.page.is_visible(".scale-communities")
    closer(phone)
    communities = drawn(phone, "community")
    assert {(feature["id"], feature["potential"]) for feature in communities} == {(town.willow.id, 35)}
    assert phone.page.inner_text(".place") == "垂柳新村"
    phone.screenshot("map-communities")
    assert phone.refused == []


def test_a_tap_opens_the_sheet_and_escape_closes_it(phone: Phone, mei: Employee, fridge: Category) -> None:
    phone.sign_in("mei")
    settle(phone)
    closer(phone)
    tap_community(phone)
    sheet = phone.page.inner_text("#sheet")
    for part in ("垂柳新村", "北岸区", "35", "冰箱潜在用户", "1000"):
        assert part in sheet
    phone.screenshot("map-sheet")
    phone.page.keyboard.press("Escape")
    assert not phone.page.is_visible("#sheet")


def test_communities_picked_on_the_map_are_the_area_of_a_broadcast(
    phone: Phone, mei: Employee, town: Town, fridge: Category
) -> None:
    phone.sign_in("mei")
    settle(phone)
    closer(phone)
    tap_community(phone)
    page = phone.page
    page.tap("#pick")
    page.keyboard.press("Escape")
    assert page.inner_text("#picks").split() == ["对所选小区播音", "1"]
    phone.screenshot("map-picks")
    page.tap("#picks")
    page.wait_for_url("**/broadcasts/new/**")
    assert page.is_checked(f"[name=communities][value='{town.willow.pk}']")
    assert page.input_value("[name=category]") == "fridge"
    phone.screenshot("broadcast-of-picks")


def test_alice_who_broadcasts_nothing_picks_nothing(open_phone: OpenPhone, alice: Employee, fridge: Category) -> None:
    phone = open_phone()
    phone.sign_in("alice")
    phone.page.goto(f"{phone.server}/map/")
    settle(phone)
    closer(phone)
    tap_community(phone)
    assert not phone.page.is_visible("#pick")
    assert not phone.page.is_visible("#broadcast-here")


def test_zooming_after_the_sheet_keeps_the_chosen_community_in_sight(
    phone: Phone, mei: Employee, town: Town, fridge: Category
) -> None:
    phone.sign_in("mei")
    settle(phone)
    phone.page.evaluate(f"() => {{ {MAP}.jumpTo({{ center: [120.11, 36.31], zoom: 13 }}); }}")
    settle(phone)
    tap_community(phone)
    settle(phone)
    phone.page.tap("#sheet-close")
    settle(phone)
    for _ in range(2):
        phone.page.tap("#zoom-in")
        settle(phone)
    assert [feature["id"] for feature in drawn(phone, "chosen")] == [town.willow.id]
    assert phone.page.evaluate(f"() => Math.round({MAP}.getZoom())") == 15


def test_another_category_has_its_own_figures(phone: Phone, mei: Employee, fridge: Category) -> None:
    phone.sign_in("mei")
    settle(phone)
    closer(phone)
    phone.page.select_option("#category", "washer")
    phone.page.wait_for_timeout(300)
    settle(phone)
    assert {feature["potential"] for feature in drawn(phone, "community")} == {215}
    assert phone.page.url.endswith("?category=washer")
    tap_community(phone)
    assert "洗衣机潜在用户" in phone.page.inner_text("#sheet")


def test_colours_can_show_coverage(phone: Phone, mei: Employee, fridge: Category) -> None:
    phone.sign_in("mei")
    settle(phone)
    closer(phone)
    colour = f"() => JSON.stringify({MAP}.getPaintProperty('community', 'circle-color'))"
    before = phone.page.evaluate(colour)
    phone.page.tap("[value=coverage]")
    assert phone.page.is_visible(".scale-coverage")
    assert not phone.page.is_visible(".scale-communities")
    assert phone.page.evaluate(colour) != before
    phone.screenshot("map-coverage")


def test_without_webgl_the_list_takes_its_place(phone: Phone, mei: Employee, fridge: Category) -> None:
    phone.page.add_init_script("HTMLCanvasElement.prototype.getContext = function () { return null; };")
    phone.sign_in("mei")
    phone.page.wait_for_url("**/map/list/**")
    text = phone.page.inner_text("main")
    assert "本设备无法显示地图" in text
    assert "垂柳新村" in text
    assert "35" in text
    phone.screenshot("map-list")


def test_charlie_gets_nothing_of_the_north(open_phone: OpenPhone, charlie: Employee, fridge: Category) -> None:
    phone = open_phone()
    phone.sign_in("charlie")
    phone.open("/map/")
    settle(phone)
    closer(phone)
    assert drawn(phone, "community") == []
    phone.open("/map/list/")
    assert "白杨苑" in phone.page.inner_text("main")
    assert "垂柳新村" not in phone.page.inner_text("main")
