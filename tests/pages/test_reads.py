"""What the privacy officer sees of the look-ups, and what an alarm looks like to everybody it concerns."""

import pytest

from members.models import Member
from salesapp.staff.actions.allow_look_up import allow_look_up
from salesapp.staff.actions.seal_access_log import seal_access_log
from salesapp.staff.errors import LookUpsHeld
from salesapp.staff.models import AccessEntry, Employee, HarvestAlarm
from tests.builders import make_member
from tests.conftest import Town
from tests.pages.conftest import OpenPhone, Phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SUN = "15400001234"


@pytest.fixture
def sun(town: Town) -> Member:
    return make_member(town.willow, phone=SUN)


@pytest.fixture
def held(sun: Member, alice: Employee) -> Employee:
    AccessEntry.objects.bulk_create(
        AccessEntry(
            employee=alice, store=alice.store, reason="counter", address_hash=n.to_bytes(16), thousand=n,
            member_id=sun.pk if n % 20 == 0 else None,
        )
        for n in range(60)
    )  # fmt: skip
    with pytest.raises(LookUpsHeld):
        allow_look_up(by=alice)
    return alice


def test_the_privacy_officer_searches_and_takes_a_file(
    phone: Phone, sun: Member, bob: Employee, dana: Employee
) -> None:
    for _ in range(60):
        AccessEntry.objects.create(
            employee=bob, store=bob.store, reason="counter", address_hash=b"h" * 16, member_id=sun.pk
        )
    seal_access_log()
    phone.sign_in("dana")
    phone.page.click("nav.tabs a[href='/privacy/reads/']")
    phone.page.fill("[name=employee]", "bob")
    phone.choose("why", "audit")
    phone.page.click("button.primary")
    phone.page.wait_for_selector(".history li")
    assert phone.page.locator(".history li").count() == 50
    phone.page.click("[name=after]")
    phone.until("document.querySelectorAll('.history li').length === 10")
    phone.page.fill("[name=employee]", "")
    phone.page.fill("[name=who]", SUN)
    phone.choose("why", "request")
    phone.page.click("button.primary")
    phone.page.wait_for_selector("[name=copy]")
    assert SUN not in phone.page.content()
    assert phone.sideways() == 0
    with phone.page.expect_download() as download:
        phone.page.click("[name=format][value=csv]")
    assert download.value.suggested_filename == "lookups.csv"


def test_what_the_log_says_of_itself_is_told_in_words(phone: Phone, sun: Member, dana: Employee) -> None:
    log = ("withdraw: sms", "profiling: objects", "correct: community", "search: since 2026-03-02")
    for search in log:
        AccessEntry.objects.create(employee=dana, reason="request", address_hash=b"", member_id=sun.pk, search=search)
    phone.sign_in("dana")
    phone.open("/privacy/reads/")
    phone.choose("why", "audit")
    phone.page.click("button.primary")
    phone.page.wait_for_selector(".history li")
    shown = phone.page.inner_text(".history")
    assert [words for words in log if words in shown] == []
    assert shown.count("2026-03-02") == 1
    assert phone.sideways() == 0
    phone.page.evaluate("document.querySelector('.history').scrollIntoView()")
    phone.screenshot("reads-words")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("locale", "width"), [("zh-CN", 320), ("en-US", 430)])
def test_an_alarm_reaches_all_whom_it_concerns(
    open_phone: OpenPhone, held: Employee, mei: Employee, dana: Employee, locale: str, width: int, scheme: str
) -> None:
    def open_as(name: str) -> Phone:
        phone = open_phone(locale=locale, viewport={"width": width, "height": 844}, color_scheme=scheme)
        phone.sign_in(name)
        return phone

    def seen(phone: Phone, what: str) -> None:
        assert (what, phone.sideways(), phone.axe()) == (what, 0, [])
        phone.screenshot(f"{what}-{locale[:2]}-{width}-{scheme}")

    alice = open_as("alice")
    alice.page.fill("[name=phone]", SUN)
    alice.page.wait_for_selector("#answer .danger")
    assert "mei" in alice.page.inner_text("#answer")
    seen(alice, "held")

    manager = open_as("mei")
    assert manager.page.inner_text(".badge").endswith("1")
    manager.open("/me/")
    seen(manager, "me-alarms")
    manager.page.click("a[href='/alarms/']")
    manager.page.wait_for_selector(".alarm")
    assert not manager.page.locator("[name=outcome]").count()
    seen(manager, "alarms-of-manager")

    officer = open_as("dana")
    officer.open("/privacy/reads/")
    officer.choose("why", "audit")
    officer.page.click("button.primary")
    officer.page.wait_for_selector(".history li")
    seen(officer, "reads")
    officer.page.evaluate("document.querySelector('.history').scrollIntoView()")
    seen(officer, "reads-list")
    officer.page.evaluate("scrollTo(0, 0)")
    officer.page.click(".alarm-link")
    officer.page.wait_for_selector(".alarm form")
    seen(officer, "alarms-of-officer")
    officer.page.click("form[action='/privacy/reads/'] button")
    officer.page.wait_for_selector(".history li")
    assert officer.page.locator(".history li strong").all_inner_texts()[-1] == "alice"
    assert officer.page.input_value("[name=employee]") == "alice"
    officer.open("/alarms/")
    officer.page.fill("[name=reason]", "回访名单，已核实")
    officer.page.click("[value=released]")
    officer.page.wait_for_selector(".alarm .quote")
    seen(officer, "alarm-released")
    held.refresh_from_db()
    assert held.look_ups_held_at is None
    assert HarvestAlarm.objects.get().decision.by == dana
