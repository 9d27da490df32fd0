import pytest

from members.models import Category, CommunityStat
from salesapp.staff.models import Employee
from tests.attack.crawl import PHONE_LIKE
from tests.builders import make_category, make_member
from tests.conftest import Town
from tests.pages.conftest import OpenPhone, Phone

pytestmark = pytest.mark.browser

PAGES = ["/counter/", "/map/", "/map/list/", "/me/", "/nowhere/"]
SUN = "15400001234"


@pytest.fixture
def business(town: Town) -> Category:
    fridge = make_category(name="对开门大容量冰箱", name_en="Side-by-side large fridge freezer")
    CommunityStat.objects.create(
        community_id=town.willow.id, category=fridge, members=60, owning_households=20, potential_buyers=35, coverage=2
    )
    make_member(town.willow, SUN)
    return fridge


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_the_narrowest_phone_scrolls_nothing_sideways(
    open_phone: OpenPhone, alice: Employee, business: Category, town: Town, locale: str
) -> None:
    phone = open_phone(locale=locale, viewport={"width": 320, "height": 568})
    phone.open("/sign-in/")
    assert phone.sideways() <= 0
    phone.sign_in("alice")
    for path in PAGES:
        phone.open(path)
        assert (path, phone.sideways() <= 0) == (path, True)
        phone.screenshot(f"narrow-{locale[:2]}-{path.strip('/').replace('/', '-')}")
    phone.open(f"/map/communities/{town.willow.id}/")
    assert phone.sideways() <= 0
    phone.screenshot(f"narrow-{locale[:2]}-community")
    phone.open("/counter/")
    phone.page.fill("[name=phone]", SUN)
    phone.page.wait_for_selector(".portrait")
    assert phone.sideways() <= 0


def test_what_a_thumb_must_hit_is_large_enough(phone: Phone, alice: Employee, business: Category) -> None:
    phone.sign_in("alice")
    small = """() => [...document.querySelectorAll("a, button, select, input:not([type=hidden]), summary")]
      .filter((part) => part.offsetParent !== null && !part.closest(".skip"))
      .map((part) => [part.outerHTML.slice(0, 80), part.getBoundingClientRect()])
      .filter(([_, box]) => box.width < 44 || box.height < 44)
      .map(([name, box]) => `${name} ${box.width}×${box.height}`)"""
    for path in PAGES:
        phone.open(path)
        assert phone.page.locator("a, button").count() > 1
        assert (path, phone.page.evaluate(small)) == (path, [])


def test_every_control_has_a_name(phone: Phone, alice: Employee, business: Category) -> None:
    phone.sign_in("alice")
    nameless = """() => [...document.querySelectorAll("a, button, select, input:not([type=hidden])")]
      .filter((part) => !(part.innerText || "").trim() && !part.getAttribute("aria-label")
        && !(part.labels && part.labels.length))
      .map((part) => part.outerHTML.slice(0, 120))"""
    for path in PAGES:
        phone.open(path)
        assert (path, phone.page.evaluate(nameless)) == (path, [])


def test_the_language_is_switched_and_kept(phone: Phone, alice: Employee, business: Category) -> None:
    phone.open("/sign-in/")
    assert phone.page.get_attribute("html", "lang") == "zh-hans"
    phone.page.tap("text=English")
    phone.page.wait_for_selector("text=Sign in with your employee number")
    phone.sign_in("alice")
    assert phone.page.get_attribute("html", "lang") == "en"
    assert "Look up" in phone.page.inner_text("main")
    phone.open("/me/")
    phone.page.tap("text=简体中文")
    phone.page.wait_for_selector("text=退出登录")


def test_no_page_shows_a_phone_number(phone: Phone, alice: Employee, business: Category, town: Town) -> None:
    phone.sign_in("alice")
    for path in [*PAGES, f"/map/communities/{town.willow.id}/"]:
        phone.open(path)
        assert not PHONE_LIKE.search(phone.page.content())
    phone.open("/counter/")
    phone.page.fill("[name=phone]", SUN)
    phone.page.wait_for_selector(".portrait")
    assert not PHONE_LIKE.search(phone.page.content())


@pytest.mark.parametrize(("locale", "scheme"), [("zh-CN", "light"), ("en-US", "dark")])
def test_text_stands_out_from_its_ground(
    open_phone: OpenPhone, alice: Employee, business: Category, locale: str, scheme: str
) -> None:
    phone = open_phone(locale=locale, color_scheme=scheme)
    faint = """() => {
      const light = (colour) => {
        const [r, g, b] = colour.match(/[\\d.]+/g).map(Number).map((part) => part / 255)
          .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = (part) => {
        for (let at = part; at; at = at.parentElement) {
          const colour = getComputedStyle(at).backgroundColor;
          if (!/rgba\\(.*, 0\\)|transparent/.test(colour)) return colour;
        }
        return getComputedStyle(document.body).backgroundColor;
      };
      return [...document.querySelectorAll("body *")]
        .filter((part) => part.offsetParent !== null && !part.closest("#map, svg")
          && [...part.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
        .map((part) => {
          const [one, other] = [getComputedStyle(part).color, ground(part)].map(light);
          return [part.outerHTML.slice(0, 90), (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)];
        })
        .filter(([_, ratio]) => ratio < 4.5);
    }"""
    phone.open("/sign-in/")
    assert phone.page.evaluate(faint) == []
    phone.screenshot(f"{locale[:2]}-{scheme}-sign-in")
    phone.sign_in("alice")
    for path in PAGES:
        phone.open(path)
        assert (path, phone.page.evaluate(faint)) == (path, [])
        phone.screenshot(f"{locale[:2]}-{scheme}-{path.strip('/').replace('/', '-')}")
    phone.open("/counter/")
    phone.page.fill("[name=phone]", SUN)
    phone.page.wait_for_selector(".portrait")
    assert phone.page.evaluate(faint) == []
