"""A customer at the store's QR code, and a member with what is held of them, each with a phone of their own."""

import json
from pathlib import Path

import pytest
from django.conf import settings

from members.actions.begin_member_session import begin_member_session
from members.actions.carry_out_erasure import carry_out_erasure
from members.models import ConsentState, ContactPoint, Erasure, Member, Need, NeedRule, Verification
from members.phone import PhoneNumber
from outreach.actions.claim_messages import claim_messages
from outreach.actions.send_code import send_code
from outreach.models import Channel
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_category, make_consent, make_sun, make_version
from tests.conftest import Town
from tests.outreach.codes import code_in, open_for_members
from tests.outreach.recording_channel import RecordingChannel
from tests.pages.conftest import OpenPhone, Phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SUN, NEW = "15400001234", "16000001111"
AXE = Path(settings.BASE_DIR) / "node_modules/axe-core/axe.min.js"
LOOKS = [
    (320, "zh-CN", "light"), (320, "en-US", "dark"), (430, "zh-CN", "dark"), (430, "en-US", "light"),
]  # fmt: skip


@pytest.fixture
def channel(monkeypatch: pytest.MonkeyPatch) -> RecordingChannel:
    recording = RecordingChannel()
    monkeypatch.setattr("outreach.actions.send_code.channel_for", lambda channel: recording)
    open_for_members()
    return recording


@pytest.fixture
def sun(town: Town, alice: Employee) -> Member:
    sun = make_sun(town.willow, SUN, level=3, score=60)
    make_consent(sun)
    claim_messages(members=[sun.pk], channel=Channel.SMS, version_id=make_version().pk)
    AccessEntry.objects.create(
        employee=alice, store=town.north_store, reason="counter", address_hash=b"h" * 16, member_id=sun.pk
    )
    return sun


def look(open_phone: OpenPhone, width: int, language: str, scheme: str) -> Phone:
    return open_phone(viewport={"width": width, "height": 800}, locale=language, color_scheme=scheme)


def seen(phone: Phone, name: str) -> None:
    """A picture of the whole page, and what no page may do."""
    assert phone.sideways() == 0
    low = phone.page.evaluate(
        "() => [...document.querySelectorAll('a.button, button, summary, input:not([type=hidden]), .tick')]"
        ".filter((each) => each.getClientRects().length && !each.closest('.choice') && !each.closest('.tick > *'))"
        ".filter((each) => each.type !== 'checkbox' && each.type !== 'radio')"
        ".filter((each) => each.getBoundingClientRect().height < 44).map((each) => each.outerHTML.slice(0, 80))"
    )
    assert low == []
    phone.page.evaluate(AXE.read_text(encoding="utf-8"))
    found = phone.page.evaluate(
        "async () => (await axe.run()).violations.map((v) => [v.id, v.impact, v.nodes[0].html])"
    )
    assert found == []
    assert SUN not in phone.page.content()
    folder = Path(settings.BASE_DIR) / "test-artefacts"
    folder.mkdir(exist_ok=True)
    phone.page.screenshot(path=folder / f"{name}.png", full_page=True)


def enter(phone: Phone, sun: Member) -> None:
    """The member's own page, signed in."""
    number = PhoneNumber.parse(SUN)
    secret = begin_member_session(member_id=sun.pk, verified=Verification(bidx=number.bidx, masked=number.masked))
    phone.page.context.add_cookies([{"name": "member", "value": secret, "url": phone.server}])
    phone.open("/mine/")


def send() -> None:
    for row in Verification.objects.filter(handed_over_at=None):
        send_code(verification_id=row.pk)


@pytest.mark.parametrize(("width", "language", "scheme"), LOOKS)
def test_a_customer_registers(
    open_phone: OpenPhone, town: Town, channel: RecordingChannel, width: int, language: str, scheme: str
) -> None:
    phone = look(open_phone, width, language, scheme)
    name = f"{width}-{language}-{scheme}"
    phone.open(f"/join/{town.north_store.join_code}/")
    assert phone.page.locator("input:checked").count() == 0
    seen(phone, f"join-{name}")
    phone.page.fill("[name=surname]", "孙")
    phone.page.locator("[name=title][value=m]").check(force=True)
    phone.page.fill("[name=phone]", "160 0000 1111")
    phone.page.locator("[name=agreed]").first.check()
    phone.page.click("main button.primary")
    phone.page.wait_for_selector("[name=code]")
    assert "160****1111" in phone.page.content()
    send()
    phone.page.fill("[name=code]", "000000" if code_in(channel) != "000000" else "000001")
    phone.page.click("main button.primary")
    phone.page.wait_for_selector("[role=alert]")
    seen(phone, f"code-{name}")
    phone.page.fill("[name=code]", code_in(channel))
    phone.page.click("main button.primary")
    phone.page.wait_for_selector(".who")
    seen(phone, f"welcome-{name}")
    member = Member.objects.get()
    assert ContactPoint.objects.get().member_id == member.pk
    assert dict(ConsentState.objects.values_list("channel", "given")) == {1: True}
    kept = phone.page.evaluate(
        "async () => [localStorage.length, sessionStorage.length, (await caches.keys()).length, document.cookie]"
    )
    assert kept[:2] == [0, 0]
    assert "member" not in kept[3]
    phone.refused.clear()


@pytest.mark.parametrize(("width", "language", "scheme"), LOOKS)
def test_a_member_sees_what_is_held_and_has_it_erased(
    open_phone: OpenPhone, town: Town, channel: RecordingChannel, sun: Member, width: int, language: str, scheme: str
) -> None:
    phone = look(open_phone, width, language, scheme)
    name = f"{width}-{language}-{scheme}"
    phone.open("/mine/")
    phone.page.wait_for_selector("[name=phone]")
    seen(phone, f"mine-sign-in-{name}")
    phone.page.fill("[name=phone]", SUN)
    phone.page.click("main button.primary")
    phone.page.wait_for_selector("[name=code]")
    send()
    phone.page.fill("[name=code]", code_in(channel))
    phone.page.click("main button.primary")
    phone.page.wait_for_selector(".who")
    seen(phone, f"mine-{name}")
    phone.page.click("button[name=withdraw][value='1']")
    phone.page.wait_for_selector("main > .notice.good[role=status]:first-child")
    seen(phone, f"mine-done-{name}")
    assert not ConsentState.objects.get().given
    phone.page.click("a[href='/mine/details/']")
    phone.page.fill("[name=search]", "白杨")
    phone.page.click("#community button")
    phone.page.wait_for_selector("[name=community]")
    seen(phone, f"mine-details-{name}")
    phone.open("/mine/")
    phone.page.click("a[href='/mine/erase/']")
    phone.page.fill("[name=word]", "删除" if language == "zh-CN" else "erase")
    seen(phone, f"mine-erase-{name}")
    phone.page.click("main button.primary")
    phone.page.wait_for_selector("[name=code]")
    send()
    phone.page.fill("[name=code]", code_in(channel))
    phone.page.click("main button.primary")
    phone.page.wait_for_selector("[role=status]")
    seen(phone, f"mine-erased-{name}")
    assert carry_out_erasure(erasure_id=Erasure.objects.get().pk)
    assert not ContactPoint.objects.exists()
    phone.open("/mine/")
    phone.page.wait_for_selector("[name=phone]")


# Where each text of the list is printed, and which two share a place
OVERLAPS = """() => {
  const walker = document.createTreeWalker(document.querySelector(".needs"), NodeFilter.SHOW_TEXT), boxes = [];
  while (walker.nextNode()) {
    if (!walker.currentNode.data.trim()) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    for (const box of range.getClientRects()) boxes.push([walker.currentNode.data.trim(), box]);
  }
  // The box of a line is a little higher than its letters
  const both = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > Math.min(a.height, b.height) / 4;
  return [boxes.length, boxes.flatMap(([text, a], i) => boxes.slice(i + 1)
    .filter(([, b]) => both(a, b)).map(([other]) => `${text} / ${other}`))];
}"""


@pytest.mark.parametrize(("width", "language", "scheme"), LOOKS[:2])
def test_needs_and_their_reasons_are_printed_beside_and_below_each_other(
    open_phone: OpenPhone, town: Town, sun: Member, width: int, language: str, scheme: str
) -> None:
    rules = [
        NeedRule.objects.create(
            code=f"reason-{n}", kind="appliance_age", low=1, points=10, reason="同一小区的邻居最近购买了同类产品",
            reason_en="Neighbours of the same community bought one of these lately",
        ).pk
        for n in range(3)
    ]  # fmt: skip
    for n, level in enumerate((4, 2, 1)):
        Need.objects.create(
            member_id=sun.pk,
            category=make_category(f"kind-{n}", f"品类{n}"),
            level=level,
            score=20 * level,
            reasons=rules[n:],
        )
    phone = look(open_phone, width, language, scheme)
    enter(phone, sun)
    phone.page.wait_for_selector(".needs")
    phone.page.locator(".needs").scroll_into_view_if_needed()
    seen(phone, f"mine-needs-{width}-{language}-{scheme}")
    texts, overlaps = phone.page.evaluate(OVERLAPS)
    assert texts >= 8 + 7
    assert overlaps == []
    # In one row, as they once were, they are found
    phone.page.evaluate(
        "() => document.querySelectorAll('.needs > li')"
        ".forEach((need) => need.replaceChildren(...need.firstElementChild.children))"
    )
    assert phone.page.evaluate(OVERLAPS)[1] != []


def test_after_signing_out_the_back_button_shows_nothing(phone: Phone, sun: Member) -> None:
    enter(phone, sun)
    phone.page.wait_for_selector(".who")
    phone.page.click(".bar-button")
    phone.page.wait_for_selector("[name=phone]")
    phone.page.go_back()
    phone.page.wait_for_selector("[name=phone]")
    assert phone.page.locator(".who").count() == 0


def test_the_officer_erases_in_two_steps(phone: Phone, sun: Member, dana: Employee) -> None:
    phone.sign_in("dana")
    phone.page.fill("[name=who]", SUN)
    phone.choose("reason", "request")
    phone.page.click("button.primary")
    phone.page.wait_for_selector("[name=member]", state="attached")
    phone.page.locator("form[action='/privacy/erase/'] .choice label").first.click()
    seen(phone, "officer-found")
    phone.page.click("button.danger")
    phone.page.wait_for_selector("[name=word]")
    seen(phone, "officer-erase")
    phone.page.fill("[name=word]", "删除")
    phone.page.click("button.danger")
    phone.page.wait_for_selector("[role=status]")
    assert Erasure.objects.get().by == dana


@pytest.mark.parametrize(("width", "language", "scheme"), LOOKS[:2])
def test_the_officer_acts_for_a_member_who_agrees_again(
    open_phone: OpenPhone, town: Town, channel: RecordingChannel, sun: Member, dana: Employee, width: int,
    language: str, scheme: str,
) -> None:  # fmt: skip
    phone, name = look(open_phone, width, language, scheme), f"{width}-{language}-{scheme}"
    phone.sign_in("dana")
    history(phone)
    seen(phone, f"officer-acts-{name}")
    reason_and_tap(phone, "[name=channel][value='1']")
    seen(phone, f"officer-withdraw-{name}")
    phone.page.click("button.primary")
    phone.page.wait_for_selector("[role=status]")
    seen(phone, f"officer-withdrawn-{name}")
    assert not ConsentState.objects.get().given
    # To the history again from there, which is a read of its own
    phone.page.click("main .plain-button")
    phone.page.wait_for_selector("#for-member")
    reason_and_tap(phone, "[name=objects]")
    seen(phone, f"officer-objects-{name}")
    phone.page.click("button.primary")
    phone.page.wait_for_selector("[role=status]")
    sun.refresh_from_db()
    assert sun.refuses_profiling
    history(phone)
    reason_and_tap(phone, "[formaction='/privacy/correct/']")
    phone.page.fill("[name=search]", "白杨")
    phone.page.click("#community button")
    phone.page.wait_for_selector("[name=community]")
    seen(phone, f"officer-correct-{name}")
    phone.page.fill("[name=surname]", "欧阳")
    phone.page.locator("[name=title][value=f]").check(force=True)
    phone.page.locator("button[name=key]").first.click()
    phone.page.wait_for_selector("[role=status]")
    sun.refresh_from_db()
    assert (sun.surname, sun.title) == ("欧阳", "f")
    history(phone)
    phone.page.locator("#for-member .choice label").first.click()
    with phone.page.expect_download() as download:
        phone.page.click("[formaction='/privacy/copy/']")
    copy = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert copy["held"]["surname"] == "欧阳"
    assert copy["held"]["addresses"][0]["value"] is None
    acts = list(
        AccessEntry.objects.filter(employee=dana).exclude(search="").order_by("pk").values_list("search", flat=True)
    )
    assert acts == ["withdraw: sms", "profiling: objects", "correct: name", "copy: without addresses"]
    agree_again(look(open_phone, width, language, scheme), sun, name)
    assert ConsentState.objects.get(purpose=1).given


def history(phone: Phone) -> None:
    phone.open("/privacy/consents/")
    phone.page.fill("[name=who]", SUN)
    phone.choose("reason", "request")
    phone.page.click("button.primary")
    phone.page.wait_for_selector("#for-member")


def reason_and_tap(phone: Phone, button: str) -> None:
    phone.page.locator("#for-member .choice label").first.click()
    phone.page.click(f"#for-member {button}")
    phone.page.wait_for_selector("button[name=key]")


def agree_again(phone: Phone, sun: Member, name: str) -> None:
    enter(phone, sun)
    seen(phone, f"mine-withdrawn-{name}")
    phone.page.click("a[href='/mine/agree/1/']")
    phone.page.wait_for_selector("[name=wording]")
    seen(phone, f"mine-agree-{name}")
    phone.page.click("main button.primary")
    phone.page.wait_for_selector("main > .notice.good[role=status]:first-child")
    assert phone.page.locator("a[href='/mine/agree/1/']").count() == 0
