"""What members see of their consent on a phone, and what the privacy officer sees of it."""

import pytest

from members.models import Consent, ConsentState, Member
from outreach.actions.claim_messages import claim_messages
from outreach.message_token import token
from outreach.models import Channel
from salesapp.staff.models import Employee
from tests.builders import make_consent, make_member, make_version
from tests.pages.conftest import Phone

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
    phone.page.click("button.primary")
    phone.page.wait_for_selector(".history")
    assert phone.page.locator(".history").first.locator("li").count() == Consent.objects.count() == 2
    assert phone.sideways() == 0
    phone.screenshot("consents")
    assert SUN not in phone.page.content()
