"""What members see of their consent on a phone, and what the privacy officer sees of it."""

import pytest

from members.actions.publish_sealing_key import publish_sealing_key
from members.models import CommunityRequest, Consent, ConsentState, Member
from outreach.actions.claim_messages import claim_messages
from outreach.message_token import token
from outreach.models import Channel
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_consent, make_member, make_version
from tests.conftest import Town
from tests.pages.conftest import OpenPhone, Phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SUN = "15400001234"


@pytest.fixture
def sun() -> Member:
    member = make_member(phone=SUN)
    make_consent(member)
    return member


@pytest.mark.parametrize(("button", "channels"), [("channel", 1), ("every", 4)])
def test_two_taps_unsubscribe(phone: Phone, sun: Member, button: str, channels: int) -> None:
    claim_messages(members=[sun.pk], channel=Channel.SMS, version_id=make_version().pk)
    phone.open(f"/u/{token(sun.pk, 1)}")
    assert phone.sideways() == 0
    phone.screenshot("unsubscribe")
    assert not ConsentState.objects.filter(given=False).exists()
    phone.page.click(f"button[value={button}]")
    phone.page.wait_for_selector("[role=status]")
    phone.screenshot("unsubscribed")
    assert ConsentState.objects.filter(member_id=sun.pk, given=False).count() == channels


def test_the_privacy_officer_reads_the_history(phone: Phone, sun: Member, dana: Employee) -> None:
    make_consent(sun, given=False)
    phone.sign_in("dana")
    assert phone.page.url.endswith("/privacy/consents/")
    phone.page.fill("[name=who]", SUN)
    phone.choose("reason", "request")
    phone.page.click("button.primary")
    phone.page.wait_for_selector(".history")
    assert phone.page.locator(".history").first.locator("li").count() == Consent.objects.count() == 2
    assert phone.sideways() == 0
    phone.screenshot("consents")
    assert SUN not in phone.page.content()


@pytest.mark.parametrize(
    ("path", "name", "field", "value"),
    [("/privacy/consents/", "reason", "who", SUN), ("/privacy/reads/", "why", "employee", "dana")],
)
def test_no_reason_is_preset_or_carried_over(
    phone: Phone, sun: Member, dana: Employee, path: str, name: str, field: str, value: str
) -> None:
    phone.sign_in("dana")
    phone.open(path)
    chosen = phone.page.locator(f"form .choice [name={name}]:checked")
    phone.page.fill(f"[name={field}]", value)
    assert chosen.count() == 0
    phone.page.click("button.primary")  # the browser itself asks for one
    missing = f"document.querySelector('.choice [name={name}]').validity.valueMissing"
    assert phone.page.evaluate(f"() => {missing} && document.activeElement.name === '{name}'")
    assert not AccessEntry.objects.exists()
    phone.choose(name, "complaint")
    with phone.page.expect_navigation():
        phone.page.click("button.primary")
    phone.page.wait_for_selector(".history")
    assert AccessEntry.objects.get().reason == "complaint"
    assert chosen.count() == 0
    assert phone.page.evaluate(f"() => {missing}")
    phone.screenshot(f"no-reason-{name}")


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_requests_to_be_moved_are_settled_one_by_one(
    open_phone: OpenPhone, town: Town, dana: Employee, locale: str
) -> None:
    publish_sealing_key()
    for _ in range(3):
        CommunityRequest.objects.create(member_id=make_member(town.willow).pk, community=town.poplar)
    phone = open_phone(locale=locale)
    page = phone.page
    phone.sign_in("dana")
    phone.screenshot(f"requests-wait-{locale}")
    page.tap("form[action='/privacy/community/'] button")
    for settled, answer in enumerate(("later", "grant", "refuse")):
        page.wait_for_selector(f"button[value={answer}]")
        if settled == 0:
            assert town.poplar.name in page.inner_text("main")
            assert phone.axe() == []
            assert phone.sideways() == 0
            phone.screenshot(f"request-{locale}")
            phone.choose("reason", "request")
            with page.expect_navigation():
                page.tap("#history button")
            assert page.locator(".history").count() == 2
            phone.open("/privacy/consents/")
            page.tap("form[action='/privacy/community/'] button")
            page.wait_for_selector(f"button[value={answer}]")
        with page.expect_navigation():
            page.tap(f"button[value={answer}]")
    assert page.locator("button[value=grant]").count() == 0
    phone.screenshot(f"requests-settled-{locale}")
    assert sorted(CommunityRequest.objects.values_list("granted", flat=True), key=str) == [False, None, True]
    assert phone.complaints == []
    assert phone.refused == []
