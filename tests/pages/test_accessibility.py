"""Every page of the phone, judged by axe: nothing serious, in light and dark, in both languages, wide and narrow."""

import pytest

from members.models import CommunityStat, Member, RegionStat
from outreach.message_token import token
from outreach.models import Broadcast
from salesapp.staff.models import Employee
from tests.builders import make_broadcast, make_category, make_consent, make_sun, make_version
from tests.conftest import Town
from tests.pages.conftest import OpenPhone, Phone

pytestmark = pytest.mark.browser

MAP = "document.getElementById('map').salesappMap"
SUN = "15400001234"
LANGUAGES = ["zh-CN", "en-US"]
LOOKS = [(320, "light"), (320, "dark"), (430, "light"), (430, "dark")]


@pytest.fixture
def business(town: Town, mei: Employee) -> Broadcast:
    fridge = make_category()
    CommunityStat.objects.create(
        community_id=town.willow.id, category=fridge, members=60, owning_households=20, potential_buyers=35, coverage=2
    )
    RegionStat.objects.create(
        region_id=town.north.id, category=fridge, communities=1, households=1000, members=60, owning_households=20,
        potential_buyers=35, coverage=2,
    )  # fmt: skip
    make_version()
    sun = make_sun(town.willow, SUN, level=3, score=60)
    make_consent(sun)
    return make_broadcast(mei, fridge)


def judge(phone: Phone) -> None:
    """The page as it is now, in every width and colour; nothing is loaded anew."""
    for width, scheme in LOOKS:
        phone.page.set_viewport_size({"width": width, "height": 800})
        phone.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        path = phone.page.url.removeprefix(phone.server)
        assert (path, width, scheme, phone.axe(), phone.sideways() > 0) == (path, width, scheme, [], False)


def look(phone: Phone, paths: list[str]) -> None:
    for path in paths:
        phone.open(path)
        judge(phone)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_pages_of_everybody(open_phone: OpenPhone, business: Broadcast, dana: Employee, locale: str) -> None:
    phone = open_phone(locale=locale)
    look(phone, ["/sign-in/", f"/u/{token(Member.objects.get().pk, 1)}", "/nowhere/"])
    phone.open("/sign-in/")
    phone.page.fill("[name=employee_no]", "dana")
    phone.page.fill("[name=password]", "wrong")
    phone.page.click("form.card button")
    phone.page.wait_for_selector("[role=alert]:visible")
    judge(phone)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_pages_of_alice(open_phone: OpenPhone, business: Broadcast, alice: Employee, town: Town, locale: str) -> None:
    phone = open_phone(locale=locale)
    phone.sign_in("alice")
    look(phone, ["/counter/", "/map/", "/map/list/", f"/map/communities/{town.willow.pk}/", "/me/", "/broadcasts/"])
    phone.open("/counter/")
    phone.page.fill("[name=phone]", SUN)
    phone.page.wait_for_selector(".portrait")
    judge(phone)
    phone.page.tap(".write .primary")
    phone.page.wait_for_selector("#message textarea")
    judge(phone)


@pytest.mark.parametrize("locale", LANGUAGES)
def test_pages_of_mei(open_phone: OpenPhone, business: Broadcast, mei: Employee, town: Town, locale: str) -> None:
    phone = open_phone(locale=locale)
    phone.sign_in("mei")
    phone.until(f"{MAP} && {MAP}.loaded()")
    judge(phone)
    # Farther away are districts with buttons over the map
    phone.page.evaluate(f"() => {{ {MAP}.jumpTo({{ center: [120.1, 36.3], zoom: 8 }}); }}")
    phone.page.wait_for_selector(".district")
    judge(phone)
    look(phone, ["/map/list/?category=fridge", f"/map/communities/{town.willow.pk}/?category=fridge", "/counter/"])
    look(phone, ["/broadcasts/", f"/broadcasts/{business.pk}/", "/broadcasts/new/", "/me/"])


@pytest.mark.parametrize("locale", LANGUAGES)
def test_pages_of_dana(open_phone: OpenPhone, business: Broadcast, dana: Employee, locale: str) -> None:
    phone = open_phone(locale=locale)
    phone.sign_in("dana")
    look(phone, ["/privacy/consents/", "/me/", "/map/"])
    phone.open("/privacy/consents/")
    phone.page.fill("[name=who]", SUN)
    phone.choose("reason", "request")
    phone.page.click("button.primary")
    phone.page.wait_for_selector(".history")
    judge(phone)
