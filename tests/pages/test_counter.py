import pytest

from members.models import Member
from salesapp.staff.models import Employee
from tests.builders import make_member, make_sun
from tests.conftest import Town
from tests.pages.conftest import Phone

pytestmark = pytest.mark.browser

SUN, ZHAO, QIAN, NOBODY = "15400001234", "15400002345", "15400003456", "15400009999"


@pytest.fixture
def sun(town: Town) -> Member:
    sun = make_sun(town.willow, SUN, level=3, score=60)
    make_member(town.willow, ZHAO, surname="赵", refuses_profiling=True)
    make_member(town.willow, QIAN, surname="钱", erased_at="2026-01-01T00:00Z")
    return sun


def look_up(phone: Phone, number: str) -> str:
    """The text of the answer."""
    page = phone.page
    page.fill("[name=phone]", number)
    with page.expect_response(lambda response: response.request.method == "POST"):
        page.tap("#look-up .primary")
    phone.until("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")
    return page.inner_text("#answer")


def test_alice_sees_the_masked_portrait(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    assert phone.page.url.endswith("/counter/")
    phone.screenshot("counter-empty")
    answer = look_up(phone, "+86 154-0000-1234")
    for part in ("孙先生", "154****1234", "2015年3月入会", "冰箱", "较强", "已过使用年限", "HC-318"):
        assert part in answer
    phone.screenshot("counter-portrait")
    # The number has left the screen, and was never in an address
    assert phone.page.input_value("[name=phone]") == ""
    assert SUN not in phone.page.content()
    assert [request.url for request in phone.sent if "154" in request.url.replace(phone.server, "")] == []
    assert phone.refused == []


def test_one_tap_makes_room_for_the_next_customer(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    assert "孙先生" in look_up(phone, SUN)
    phone.page.tap("#next-customer")
    assert "孙先生" not in phone.page.content()
    assert phone.page.evaluate("() => document.activeElement.name") == "phone"


def test_nobody_an_erased_member_and_one_who_refuses_look_the_same(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    answers = [look_up(phone, number) for number in (NOBODY, ZHAO, QIAN)]
    assert answers == ["没有可显示的资料。\n请照常接待顾客。\n\n下一位顾客"] * 3
    phone.screenshot("counter-nothing")
    phone.page.tap("#next-customer")
    assert phone.page.input_value("[name=phone]") == ""


def test_a_wrong_number_and_the_limit_are_explained(phone: Phone, alice: Employee, sun: Member, settings) -> None:  # type: ignore[no-untyped-def]
    settings.LOOKUP_LIMITS = ["2/d"]
    phone.sign_in("alice")
    assert "这不是有效的手机号" in look_up(phone, "1540000")
    assert "孙先生" in look_up(phone, SUN)
    assert "查询过于频繁" in look_up(phone, SUN)
    phone.screenshot("counter-limit")
    assert phone.refused == [("/counter/", 422), ("/counter/", 429)]


def test_a_broken_line_is_told(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    phone.page.context.set_offline(True)
    phone.page.fill("[name=phone]", SUN)
    phone.page.tap("#look-up .primary")
    phone.page.wait_for_selector("#no-answer:not([hidden])")
    assert "服务器没有响应" in phone.page.inner_text("#no-answer")
    assert phone.page.input_value("[name=phone]") == SUN  # nothing to type again
    assert all(complaint.startswith("htmx:") for complaint in phone.complaints)
    phone.complaints.clear()  # htmx's own word about the broken line


def test_an_ended_session_leads_to_sign_in(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    Employee.objects.filter(pk=alice.pk).update(disabled_at="2026-01-01T00:00Z")
    phone.page.fill("[name=phone]", SUN)
    phone.page.tap("#look-up .primary")
    phone.page.wait_for_url("**/sign-in/")
    assert "孙先生" not in phone.page.content()
