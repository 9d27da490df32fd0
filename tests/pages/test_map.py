import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Literal, cast

import pytest
from django.contrib.gis.geos import Point
from playwright.sync_api import Page
from pytest_django.fixtures import Settings

from geo.actions.redraw_places import redraw_places
from geo.crs import wgs84_to_gcj02
from members.models import Category, CommunityStat, RegionStat
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Role
from tests.builders import make_category
from tests.conftest import Town
from tests.pages.base_map import provider
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
    phone.wait_for_htmx()


def test_mei_starts_in_the_communities_of_her_one_district(
    phone: Phone, mei: Employee, town: Town, fridge: Category
) -> None:
    phone.sign_in("mei")
    assert phone.page.url.endswith("/map/")
    settle(phone)
    assert phone.page.is_visible(".scale-communities")
    assert phone.page.inner_text(".ground-name") == "北岸区"
    assert phone.page.inner_text(".place") == "垂柳新村"


@pytest.mark.parametrize(("width", "height"), [(320, 568), (320, 640), (430, 932)])
def test_the_first_view_shows_every_community_and_none_lies_under_the_controls(
    open_phone: OpenPhone, mei: Employee, town: Town, fridge: Category, width: int, height: int
) -> None:
    corners = [(120.001, 36.201), (120.199, 36.201), (120.001, 36.399), (120.199, 36.399)]
    for x, y in corners:
        town.willow.pk, town.willow.point = None, Point(x, y, srid=4326)
        town.willow.point_display = cast(Point, Point(x, y, srid=4326).transform(3857, clone=True))
        town.willow.save()
    phone = open_phone(viewport={"width": width, "height": height})
    phone.sign_in("mei")
    settle(phone)
    phone.screenshot(f"map-first-view-{width}x{height}")
    assert len(drawn(phone, "community")) == len(corners) + 1
    what_is_there = f"""(corner) => {{
      const at = {MAP}.project(corner), frame = {MAP}.getContainer().getBoundingClientRect();
      const [x, y] = [at.x + frame.left, at.y + frame.top];
      return [[-6, -6], [6, -6], [-6, 6], [6, 6]].map(([right, down]) => {{
        const there = document.elementFromPoint(x + right, y + down);
        return Boolean(there) && there.matches("canvas, .ground-name, .place");
      }});
    }}"""
    for corner in corners:
        assert phone.page.evaluate(what_is_there, list(corner)) == [True] * 4, corner
    # The question tells: what lies under the search is found there
    under_search = phone.page.evaluate(f"() => {MAP}.unproject([40, 30]).toArray()")
    assert phone.page.evaluate(what_is_there, under_search) != [True] * 4


def test_districts_that_lie_close_have_their_names_beside_each_other(
    phone: Phone, hire: Callable[..., Employee], town: Town, fridge: Category
) -> None:
    RegionStat.objects.create(
        region_id=town.south.id, category=fridge, communities=1, households=1000, members=60, owning_households=20,
        potential_buyers=25, coverage=2,
    )  # fmt: skip
    hire("lin", role=Role.MANAGER, region=town.city)
    phone.sign_in("lin")
    settle(phone)
    phone.page.evaluate(f"() => {{ {MAP}.jumpTo({{ center: [120.1, 36.2], zoom: 7 }}); }}")
    settle(phone)
    phone.until("document.querySelectorAll('.district').length === 2")
    boxes = [one.bounding_box() for one in phone.page.locator(".district").all()]
    upper, lower = sorted((box for box in boxes if box), key=lambda box: box["y"])
    assert upper["y"] + upper["height"] <= lower["y"] + 2
    assert {feature["name"] for feature in drawn(phone, "district-fill")} == {"北岸区", "南岸区"}


def test_farther_away_are_districts_and_a_tap_leads_back(
    phone: Phone, mei: Employee, town: Town, fridge: Category
) -> None:
    phone.sign_in("mei")
    settle(phone)
    phone.page.evaluate(f"() => {{ {MAP}.jumpTo({{ center: [120.1, 36.3], zoom: 8 }}); }}")
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


def pick_a_community(phone: Phone) -> Page:
    phone.sign_in("mei")
    settle(phone)
    closer(phone)
    tap_community(phone)
    phone.page.tap("#pick")
    phone.page.keyboard.press("Escape")
    return phone.page


def test_communities_picked_on_the_map_are_the_area_of_a_broadcast(
    phone: Phone, mei: Employee, town: Town, fridge: Category
) -> None:
    page = pick_a_community(phone)
    assert page.inner_text("#picks").split() == ["对所选小区播音", "1"]
    phone.screenshot("map-picks")
    page.tap("#picks")
    page.wait_for_url("**/broadcasts/new/**")
    assert page.is_checked(f"[name=communities][value='{town.willow.pk}']")
    assert page.input_value("[name=category]") == "fridge"
    phone.screenshot("broadcast-of-picks")


def test_picks_come_along_to_the_list_and_back(phone: Phone, mei: Employee, town: Town, fridge: Category) -> None:
    page = pick_a_community(phone)
    page.tap("#to-list")
    page.wait_for_url("**/map/list/**")
    assert page.inner_text("#picks").split() == ["对所选小区播音", "1"]
    page.select_option("#category", "washer")
    page.wait_for_url("**category=washer**")
    phone.screenshot("map-list-of-picks")
    assert phone.axe() == []
    page.tap(".map-bar a.icon-button")
    page.wait_for_url("**/map/?**")
    settle(phone)
    assert page.inner_text("#picks").split() == ["对所选小区播音", "1"]
    closer(phone)
    tap_community(phone)
    assert page.get_attribute("#pick", "aria-pressed") == "true"
    page.keyboard.press("Escape")
    page.tap("#picks")
    page.wait_for_url("**/broadcasts/new/**")
    assert page.is_checked(f"[name=communities][value='{town.willow.pk}']")
    # The last is htmx's, of where it is
    kept = page.evaluate("() => Object.keys({ ...localStorage, ...sessionStorage })")
    assert set(kept) <= {"owner", "touched", "map", "htmx-current-path-for-history"}


VIEW = f"""() => ({{
  center: Object.values({MAP}.getCenter()).map((angle) => Math.round(angle * 1000) / 1000),
  zoom: {MAP}.getZoom(),
  category: document.getElementById("category").value,
  searched: document.querySelector("#search [name=category]").value,
  show: document.querySelector("[name=show]:checked").value,
  picked: document.getElementById("picks-count").textContent,
}})"""


def test_the_map_is_found_as_it_was_left(phone: Phone, mei: Employee, town: Town, fridge: Category) -> None:
    page = pick_a_community(phone)
    page.select_option("#category", "washer")
    page.tap("[value=coverage]")
    page.evaluate(f"() => {{ {MAP}.jumpTo({{ center: [120.105, 36.302], zoom: 13 }}); }}")
    settle(phone)
    left = page.evaluate(VIEW)
    page.tap("[data-tab=me]")
    page.wait_for_url("**/me/")
    page.tap("[data-tab=map]")
    page.wait_for_url("**/map/")
    settle(phone)
    phone.screenshot("map-as-left")
    assert page.evaluate(VIEW) == left
    assert page.inner_text(".place") == "垂柳新村"
    assert left == {
        "center": [120.105, 36.302], "zoom": 13, "category": "washer", "searched": "washer", "show": "coverage",
        "picked": "1",
    }  # fmt: skip
    # It names nobody
    kept = page.evaluate("() => JSON.parse(localStorage.map)")
    assert kept.pop("picks") == [town.willow.pk]
    assert set(kept) == {"center", "zoom", "category", "show"}
    # What a link says goes before it
    phone.open("/map/?category=fridge")
    settle(phone)
    found = page.evaluate(VIEW)
    assert (found["category"], found["picked"], found["zoom"]) == ("fridge", "0", 13)


def test_a_view_outside_of_the_readers_region_is_not_kept_to(phone: Phone, mei: Employee, fridge: Category) -> None:
    phone.sign_in("mei")
    settle(phone)
    first = phone.page.evaluate(VIEW)
    phone.page.evaluate(f"() => {{ {MAP}.jumpTo({{ center: [121.9, 31.2], zoom: 13 }}); }}")
    settle(phone)
    assert phone.page.evaluate("() => JSON.parse(localStorage.map).zoom") == 13
    phone.open("/map/")
    settle(phone)
    assert phone.page.evaluate(VIEW) == first


def test_a_community_without_a_count_is_met_by_a_finger_beside_it(
    phone: Phone, mei: Employee, town: Town, fridge: Category
) -> None:
    CommunityStat.objects.all().delete()
    phone.sign_in("mei")
    settle(phone)
    for aside, opens in ((20, True), (34, False)):
        closer(phone)
        place = phone.page.evaluate(
            f"""() => {{
              const map = {MAP}, at = map.project([120.1, 36.3]), frame = map.getContainer().getBoundingClientRect();
              return [at.x + frame.left, at.y + frame.top];
            }}"""
        )
        phone.page.touchscreen.tap(place[0] + aside, place[1])
        phone.page.wait_for_timeout(600)
        assert phone.page.is_visible("#sheet") is opens
        phone.page.keyboard.press("Escape")


def test_nothing_that_is_scrolled_past_lies_under_the_button_that_closes_the_sheet(
    open_phone: OpenPhone, mei: Employee, town: Town, fridge: Category
) -> None:
    phone = open_phone(viewport={"width": 320, "height": 568})
    phone.sign_in("mei")
    settle(phone)
    closer(phone)
    tap_community(phone)
    phone.page.tap("#categories summary")
    covered = """(scrolled) => {
      const sheet = document.getElementById("sheet"), close = document.getElementById("sheet-close");
      sheet.scrollTop = scrolled;
      const button = close.getBoundingClientRect();
      const beside = [[-6, button.height / 2], [-6, 4], [-6, button.height - 4]]
        .map(([x, y]) => document.elementFromPoint(button.left + x, button.top + y).tagName);
      return [sheet.scrollTop, beside];
    }"""
    for scrolled in (0, 60, 140, 220, 1000):
        at, beside = phone.page.evaluate(covered, scrolled)
        assert at or not scrolled
        assert beside == ["H2"] * 3
    phone.screenshot("map-sheet-scrolled")


def test_alice_who_broadcasts_nothing_picks_nothing(open_phone: OpenPhone, alice: Employee, fridge: Category) -> None:
    phone = open_phone()
    phone.sign_in("alice")
    phone.page.goto(f"{phone.server}/map/")
    settle(phone)
    closer(phone)
    tap_community(phone)
    assert not phone.page.is_visible("#pick")
    assert not phone.page.is_visible("#broadcast-here")
    phone.open(f"/map/?category=fridge&communities={fridge.pk}")
    settle(phone)
    assert phone.page.locator("#picks").count() == 0


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


def luminance(colour: str) -> float:
    """WCAG 2's relative luminance of #rgb or #rrggbb."""
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    shares = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_circles_of_every_step_stand_out_from_the_ground(
    open_phone: OpenPhone, mei: Employee, fridge: Category, scheme: Literal["light", "dark"]
) -> None:
    """WCAG 2.2, 1.4.11: at least 3:1, by the colour within or by the edge. axe does not look into a canvas."""
    phone = open_phone(color_scheme=scheme)
    phone.sign_in("mei")
    settle(phone)
    closer(phone)
    seen = 0
    for metric in ("potential", "coverage"):
        phone.page.tap(f"label:has([name=show][value={metric}])")
        ground, fill, edge = phone.page.evaluate(
            f"() => [{MAP}.getPaintProperty('district-ground', 'fill-color'),"
            f" {MAP}.getPaintProperty('community', 'circle-color'),"
            f" {MAP}.getPaintProperty('community', 'circle-stroke-color')]"
        )
        _step, _value, hidden, *steps = fill
        _case, _has, (_if, (_less, _of, strong), faint_edge, strong_edge), hidden_edge = edge
        assert max(contrast(hidden, ground), contrast(hidden_edge, ground)) >= 3
        for limit, colour in zip(steps[::2], steps[1::2], strict=True):
            around = faint_edge if limit < strong else strong_edge
            assert max(contrast(colour, ground), contrast(around, ground)) >= 3, (metric, limit)
            seen += 1
    assert seen == 10


def search(phone: Phone, typed: str) -> None:
    phone.page.fill("#search-text", typed)
    phone.page.wait_for_selector("#search-status:not(:empty)")


def test_a_community_is_found_by_its_name_and_opened(phone: Phone, mei: Employee, town: Town, fridge: Category) -> None:
    phone.sign_in("mei")
    settle(phone)
    phone.page.evaluate(f"() => {{ {MAP}.jumpTo({{ center: [120.02, 36.22], zoom: 12 }}); }}")
    settle(phone)
    search(phone, "柳新")
    assert phone.page.inner_text(".found") == "垂柳新村\n北岸区"
    phone.screenshot("map-search")
    assert phone.axe() == []
    phone.page.tap(".found a")
    phone.page.wait_for_selector("#sheet:not([hidden])")
    settle(phone)
    assert "垂柳新村" in phone.page.inner_text("#sheet")
    assert [feature["id"] for feature in drawn(phone, "chosen")] == [town.willow.id]
    at = phone.page.evaluate(f"() => {MAP}.project([120.1, 36.3]).y")
    sheet = phone.page.locator("#sheet").bounding_box()
    assert sheet is not None
    assert 0 < at < sheet["y"] - 56  # above the sheet, below the bar
    assert phone.page.input_value("#search-text") == ""
    assert not phone.page.is_visible(".found")
    phone.screenshot("map-found")


def test_what_is_not_in_ones_region_is_not_found(phone: Phone, mei: Employee, fridge: Category) -> None:
    phone.sign_in("mei")
    settle(phone)
    search(phone, "白杨")
    assert phone.page.inner_text("#search-status") == "您的区域内没有此名称的小区。"
    assert not phone.page.is_visible(".found")
    phone.page.fill("#search-text", "")
    phone.until("!document.querySelector('#search-status').childNodes.length")


def test_a_search_whose_answer_did_not_come_is_asked_again(phone: Phone, mei: Employee, fridge: Category) -> None:
    phone.sign_in("mei")
    settle(phone)
    phone.page.route("**/map/search/**", lambda route: None, times=1)  # under way, until more is typed
    with phone.page.expect_request("**/map/search/**"):
        phone.page.fill("#search-text", "柳")
    search(phone, "柳新")
    assert phone.page.inner_text(".found") == "垂柳新村\n北岸区"
    phone.page.route("**/map/search/**", lambda route: route.abort(), times=1)
    phone.page.fill("#search-text", "垂柳")
    phone.page.wait_for_selector("#no-answer:not([hidden])")
    phone.page.press("#search-text", "Enter")
    phone.until("document.activeElement.matches('.found a')")
    assert all(complaint.startswith("htmx:") for complaint in phone.complaints)
    phone.complaints.clear()  # htmx's own word about the broken line, and about what was given up


def test_search_needs_no_pointer(phone: Phone, mei: Employee, town: Town, fridge: Category) -> None:
    keys = phone.page.keyboard
    phone.sign_in("mei")
    settle(phone)
    phone.page.focus("#search-text")
    keys.insert_text("垂柳")
    keys.press("Enter")
    phone.until("document.activeElement.matches('.found a')")
    keys.press("ArrowUp")
    assert phone.page.evaluate("() => document.activeElement.id") == "search-text"
    keys.press("Escape")
    assert phone.page.input_value("#search-text") == ""
    keys.insert_text("柳")
    phone.page.wait_for_selector(".found a")
    keys.press("ArrowDown")
    keys.press("Enter")
    phone.page.wait_for_selector("#sheet:not([hidden])")
    assert phone.page.evaluate("() => document.activeElement.id") == "sheet"
    keys.press("Escape")
    assert not phone.page.is_visible("#sheet")


def test_a_word_that_is_still_being_composed_is_not_searched(phone: Phone, mei: Employee, fridge: Category) -> None:
    """Chinese is typed as letters first; those are nobody's name."""
    phone.sign_in("mei")
    settle(phone)
    phone.page.focus("#search-text")
    cdp = phone.page.context.new_cdp_session(phone.page)
    for letters in ("c", "chui", "chui liu"):
        cdp.send("Input.imeSetComposition", {"text": letters, "selectionStart": 0, "selectionEnd": len(letters)})
    phone.page.wait_for_timeout(500)
    assert [request.url for request in phone.sent if "/map/search/" in request.url] == []
    cdp.send("Input.insertText", {"text": "垂柳"})
    phone.page.wait_for_selector(".found a")
    assert len([request.url for request in phone.sent if "/map/search/" in request.url]) == 1


def test_the_list_is_searched_too(phone: Phone, mei: Employee, town: Town, fridge: Category) -> None:
    phone.sign_in("mei")
    phone.open("/map/list/?category=fridge")
    search(phone, "垂柳")
    phone.page.tap(".found a")
    phone.page.wait_for_url(f"**/map/communities/{town.willow.pk}/?category=fridge")


def test_the_sheet_names_look_alikes_and_leads_to_them(
    phone: Phone, root: Employee, town: Town, fridge: Category
) -> None:
    phone.sign_in("root")
    phone.open("/map/")
    settle(phone)
    closer(phone)
    tap_community(phone)
    assert [request.url for request in phone.sent if "/alike/" in request.url] == []
    phone.page.tap("#alike summary")
    phone.page.wait_for_selector(".alike a")
    assert "白杨苑" in phone.page.inner_text(".alike")
    assert phone.axe() == []
    phone.screenshot("map-alike")
    phone.page.tap(".alike a")
    phone.until("document.querySelector('#sheet h2').innerText === '白杨苑'")
    settle(phone)
    assert [feature["id"] for feature in drawn(phone, "chosen")] == [town.poplar.id]


def test_the_way_there_is_one_tap(phone: Phone, mei: Employee, fridge: Category) -> None:
    phone.sign_in("mei")
    settle(phone)
    closer(phone)
    tap_community(phone)
    shown = phone.page.locator(".ways a:visible")
    # Apple's maps are offered on Apple's phones
    assert shown.all_inner_texts() == ["高德", "百度", "其他"]
    phone.page.context.route("https://uri.amap.com/**", lambda route: route.fulfill(body="the app"))
    with phone.page.expect_popup() as opened:
        shown.first.tap()
    assert opened.value.url.startswith("https://uri.amap.com/navigation?to=120.")
    assert opened.value.evaluate("() => document.referrer") == ""


# --- The base map -------------------------------------------------------------------------------------------


def colour_at(phone: Phone, longitude: float, latitude: float) -> tuple[int, ...]:
    """The colour on the screen there."""
    place = phone.page.evaluate(
        f"""() => {{
          const at = {MAP}.project([{longitude}, {latitude}]), frame = {MAP}.getContainer().getBoundingClientRect();
          return [Math.round(at.x + frame.left), Math.round(at.y + frame.top)];
        }}"""
    )
    png = phone.page.screenshot(clip={"x": place[0], "y": place[1], "width": 1, "height": 1}, scale="css")
    data = b"".join(part for part in _chunks(png, b"IDAT"))
    return tuple(zlib.decompress(data)[1:4])


def _chunks(png: bytes, wanted: bytes) -> Iterator[bytes]:
    at = 8
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        if kind == wanted:
            yield png[at + 8 : at + 8 + length]
        at += 12 + length


@pytest.mark.parametrize("path", ["/{z}/{x}/{y}.png", "/style.json"])
def test_our_figures_are_drawn_over_a_base_map(
    open_phone: OpenPhone, mei: Employee, town: Town, fridge: Category, settings: Settings, path: str
) -> None:
    with provider() as theirs:
        settings.BASE_MAP_URL, settings.BASE_MAP_ATTRIBUTION = theirs.origin + path, "© 某图"
        phone = open_phone()
        phone.also_asks.append(theirs.origin)
        phone.sign_in("mei")
        settle(phone)
        closer(phone)
        phone.until(f"{MAP}.getLayer('raster') || {MAP}.getLayer('theirs')")
        settle(phone)
        assert colour_at(phone, 120.105, 36.295) == (120, 160, 220)
        assert colour_at(phone, 120.1, 36.3) != (120, 160, 220)  # the community itself
        assert [feature["id"] for feature in drawn(phone, "community")] == [town.willow.id]
        assert phone.page.inner_text(".attribution") == "© 某图"
        assert any(asked.endswith(".png") for asked in theirs.asked)
        phone.screenshot("map-over-a-base-map")
        phone.page.tap("[value=coverage]")
        settle(phone)
        assert phone.axe() == []
        phone.page.evaluate(f"() => {{ {MAP}.jumpTo({{ center: [120.1, 36.3], zoom: 8.9 }}); }}")
        settle(phone)
        # the district covers the base map and lets it through
        assert colour_at(phone, 120.15, 36.25) not in {(120, 160, 220), colour_at(phone, 120.21, 36.25)}
        phone.screenshot("map-districts-over-a-base-map")


@pytest.mark.parametrize("path", ["/{z}/{x}/{y}.png", "/style.json"])
def test_a_base_map_that_does_not_answer_leaves_our_own(
    open_phone: OpenPhone, mei: Employee, town: Town, fridge: Category, settings: Settings, path: str
) -> None:
    """Its refusal is its own: nobody is sent to sign in again."""
    with provider(broken=True) as theirs:
        settings.BASE_MAP_URL, settings.BASE_MAP_ATTRIBUTION = theirs.origin + path, "© 某图"
        phone = open_phone()
        phone.also_asks.append(theirs.origin)
        phone.sign_in("mei")
        phone.until(f"{MAP} && {MAP}.getSource('figures')")
        phone.page.evaluate(f"() => {{ {MAP}.jumpTo({{ center: [120.1, 36.3], zoom: 14 }}); }}")
        phone.until(f"{MAP}.queryRenderedFeatures({{ layers: ['community'] }}).length")
        assert theirs.asked
        assert phone.page.url.endswith("/map/")


def test_the_overlay_lies_where_a_base_map_of_its_system_has_the_place(
    phone: Phone, mei: Employee, town: Town, fridge: Category, settings: Settings
) -> None:
    settings.MAP_CRS = "gcj02"
    redraw_places()
    phone.sign_in("mei")
    settle(phone)
    lon, lat = (float(degrees) for degrees in wgs84_to_gcj02(120.1, 36.3))
    phone.page.evaluate(f"() => {{ {MAP}.jumpTo({{ center: [{lon}, {lat}], zoom: 16 }}); }}")
    settle(phone)
    (found,) = phone.page.evaluate(
        f"() => {MAP}.queryRenderedFeatures({{ layers: ['community'] }}).map((f) => f.geometry.coordinates)"
    )
    assert found == pytest.approx([lon, lat], abs=1e-5)
    assert abs(found[0] - 120.1) > 0.004


# --- Without WebGL ------------------------------------------------------------------------------------------


def test_without_webgl_the_list_takes_its_place(phone: Phone, mei: Employee, fridge: Category) -> None:
    phone.page.add_init_script("HTMLCanvasElement.prototype.getContext = function () { return null; };")
    phone.sign_in("mei")
    phone.page.wait_for_url("**/map/list/**")
    text = phone.page.inner_text("main")
    assert "本设备无法显示地图" in text
    assert "垂柳新村" in text
    assert "35" in text
    phone.screenshot("map-list")


LOSE = """() => {
  const gl = document.querySelector("#map canvas").getContext("webgl2");
  window.lost = gl.getExtension("WEBGL_lose_context");
  window.lost.loseContext();
}"""
SHOWN = f"{MAP}.style && {MAP}.loaded() && {MAP}.queryRenderedFeatures({{ layers: ['community'] }}).length"


def test_a_lost_drawing_is_made_anew(phone: Phone, mei: Employee, town: Town, fridge: Category) -> None:
    """The browser does not give it back by itself."""
    phone.sign_in("mei")
    settle(phone)
    closer(phone)
    tap_community(phone)
    settle(phone)
    phone.page.evaluate(f"() => {{ window.first = {MAP}; }}")
    phone.page.evaluate(LOSE)
    phone.until(f"{MAP} !== window.first && {SHOWN}")
    settle(phone)
    # On a slow machine the list may have stood in its place for a moment
    phone.page.wait_for_selector("#instead", state="hidden")
    assert phone.page.evaluate(f"() => {MAP}.getZoom()") == 14
    assert [feature["id"] for feature in drawn(phone, "chosen")] == [town.willow.id]
    assert phone.page.is_visible("#sheet")
    phone.page.tap("#sheet-close")
    phone.page.tap("[value=coverage]")
    phone.page.tap("#zoom-in")
    settle(phone)
    tap_community(phone)
    phone.complaints[:] = [text for text in phone.complaints if "WebGL" not in text]


def test_a_drawing_that_the_browser_gives_back_is_used(
    phone: Phone, mei: Employee, town: Town, fridge: Category
) -> None:
    phone.sign_in("mei")
    settle(phone)
    closer(phone)
    phone.page.evaluate(f"() => {{ window.first = {MAP}; }}")
    phone.page.evaluate(LOSE)
    phone.page.evaluate("() => window.lost.restoreContext()")
    phone.until(SHOWN)
    assert phone.page.evaluate(f"() => {MAP} === window.first")
    assert not phone.page.is_visible("#instead")
    phone.complaints[:] = [text for text in phone.complaints if "WebGL" not in text]


NO_DRAWING = """() => {
  const get = HTMLCanvasElement.prototype.getContext;
  window.giveBack = () => { HTMLCanvasElement.prototype.getContext = get; };
  const gl = document.querySelector("#map canvas").getContext("webgl2");
  HTMLCanvasElement.prototype.getContext = () => null;
  gl.getExtension("WEBGL_lose_context").loseContext();
}"""


def test_while_nothing_can_be_drawn_the_list_takes_its_place(phone: Phone, mei: Employee, fridge: Category) -> None:
    phone.sign_in("mei")
    settle(phone)
    phone.page.evaluate(NO_DRAWING)
    phone.page.wait_for_selector("#instead:not([hidden])")
    text = phone.page.inner_text("#instead")
    for part in ("本设备无法显示地图", "垂柳新村", "35"):
        assert part in text
    assert "/map/list/" not in phone.page.url
    assert phone.axe() == []
    phone.screenshot("map-instead")
    # until the drawing can be made again
    phone.page.evaluate("() => window.giveBack()")
    phone.until("document.getElementById('instead').hidden")
    settle(phone)
    assert [feature["name"] for feature in drawn(phone, "community")] == ["垂柳新村"]
    phone.complaints[:] = [text for text in phone.complaints if "WebGL" not in text]


def test_the_list_takes_its_place_as_soon_as_it_can_be_had(phone: Phone, mei: Employee, fridge: Category) -> None:
    phone.sign_in("mei")
    settle(phone)
    phone.page.route("**/map/list/**", lambda route: route.abort(), times=1)
    with phone.page.expect_event("requestfailed"):
        phone.page.evaluate(NO_DRAWING)
    assert not phone.page.is_visible("#instead")
    phone.page.wait_for_selector("#instead:not([hidden])")
    assert "垂柳新村" in phone.page.inner_text("#instead")
    phone.complaints[:] = [text for text in phone.complaints if "WebGL" not in text and not text.startswith("htmx:")]


def test_the_list_takes_categories_by_key_and_keeps_the_focus(phone: Phone, mei: Employee, fridge: Category) -> None:
    make_category("dryer", "干衣机", position=300)
    phone.sign_in("mei")
    phone.open("/map/list/?category=fridge")
    assert "35" in phone.page.inner_text("#rows")
    phone.page.focus("#category")
    phone.page.keyboard.press("ArrowDown")
    phone.until("document.getElementById('rows').innerText.includes('215')")
    assert phone.page.url.endswith("?category=washer")
    assert phone.page.evaluate("() => document.activeElement.id") == "category"
    phone.page.keyboard.press("ArrowDown")
    phone.until("location.search === '?category=dryer'")
    assert phone.page.evaluate("() => document.activeElement.id") == "category"
    assert phone.page.input_value("#search [name=category]") == "dryer"
    assert "category=dryer" in str(phone.page.get_attribute(".map-bar a.icon-button", "href"))
    # Without an answer the choice goes back to what is shown
    phone.page.route("**/map/list/**", lambda route: route.abort())
    phone.page.select_option("#category", "fridge")
    phone.until("document.getElementById('category').value === 'dryer'")
    assert all(complaint.startswith("htmx:") for complaint in phone.complaints)
    phone.complaints.clear()  # htmx's own word about the broken line


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
