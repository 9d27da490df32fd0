"""Every page of the phone, judged by axe: nothing serious, in light and dark, in both languages."""

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
LOOKS = [("zh-CN", "light"), ("en-US", "dark")]


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


def look(phone: Phone, paths: list[str]) -> None:
    for path in paths:
        phone.open(path)
        assert (path, phone.axe()) == (path, [])


@pytest.mark.parametrize(("locale", "scheme"), LOOKS)
def test_pages_of_everybody(
    open_phone: OpenPhone, business: Broadcast, dana: Employee, locale: str, scheme: str
) -> None:
    phone = open_phone(locale=locale, color_scheme=scheme)
    look(phone, ["/sign-in/", f"/u/{token(Member.objects.get().pk, 1)}", "/nowhere/"])
    phone.open("/sign-in/")
    phone.page.fill("[name=employee_no]", "dana")
    phone.page.fill("[name=password]", "wrong")
    phone.page.click("form.card button")
    phone.page.wait_for_selector("[role=alert]:visible")
    assert phone.axe() == []


@pytest.mark.parametrize(("locale", "scheme"), LOOKS)
def test_pages_of_alice(
    open_phone: OpenPhone, business: Broadcast, alice: Employee, town: Town, locale: str, scheme: str
) -> None:
    phone = open_phone(locale=locale, color_scheme=scheme)
    phone.sign_in("alice")
    look(phone, ["/counter/", "/map/", "/map/list/", f"/map/communities/{town.willow.pk}/", "/me/", "/broadcasts/"])
    phone.open("/counter/")
    phone.page.fill("[name=phone]", SUN)
    phone.page.wait_for_selector(".portrait")
    assert phone.axe() == []
    phone.page.tap(".write .primary")
    phone.page.wait_for_selector("#message textarea")
    assert phone.axe() == []


@pytest.mark.parametrize(("locale", "scheme"), LOOKS)
def test_pages_of_mei(
    open_phone: OpenPhone, business: Broadcast, mei: Employee, town: Town, locale: str, scheme: str
) -> None:
    phone = open_phone(locale=locale, color_scheme=scheme)
    phone.sign_in("mei")
    phone.until(f"{MAP} && {MAP}.loaded()")
    assert phone.axe() == []
    # Farther away are districts with buttons over the map
    phone.page.evaluate(f"() => {{ {MAP}.jumpTo({{ center: [120.1, 36.3], zoom: 8 }}); }}")
    phone.page.wait_for_selector(".district")
    assert phone.axe() == []
    look(phone, ["/map/list/?category=fridge", f"/map/communities/{town.willow.pk}/?category=fridge", "/counter/"])
    look(phone, ["/broadcasts/", f"/broadcasts/{business.pk}/", "/broadcasts/new/", "/me/"])


@pytest.mark.parametrize(("locale", "scheme"), LOOKS)
def test_pages_of_dana(open_phone: OpenPhone, business: Broadcast, dana: Employee, locale: str, scheme: str) -> None:
    phone = open_phone(locale=locale, color_scheme=scheme)
    phone.sign_in("dana")
    look(phone, ["/privacy/consents/", "/me/", "/map/"])
    phone.open("/privacy/consents/")
    phone.page.fill("[name=who]", SUN)
    phone.choose("reason", "request")
    phone.page.click("button.primary")
    phone.page.wait_for_selector(".history")
    assert phone.axe() == []
