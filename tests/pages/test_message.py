"""Writing to the customer at the counter."""

import re

import pytest

from members.models import Member, Need
from outreach.models import Channel, Message, MessageText
from outreach.sms_segments import measure
from salesapp.staff.models import Employee
from tests.builders import make_category, make_consent
from tests.outreach.templates import make_template, make_version
from tests.pages.conftest import OpenPhone, Phone
from tests.pages.test_counter import SUN, look_up, sun  # noqa: F401 - the fixture

pytestmark = pytest.mark.browser

BODY = "您好，我是{store}的{salesperson}，{category}到新货了，欢迎来店里看看样机。{link} 退订{unsubscribe} 拒收请回复R"


@pytest.fixture
def customer(sun: Member) -> Member:  # noqa: F811
    make_consent(sun)
    make_version(make_template("sms"), BODY)
    make_version(make_template("wechat", Channel.WECHAT), BODY.replace(" 拒收请回复R", ""))
    make_version(make_template("email", Channel.EMAIL), BODY.replace(" 拒收请回复R", ""))
    Need.objects.create(member_id=sun.pk, category=make_category("hood", "油烟机"), level=2, score=30, reasons=[])
    return sun


def tap(phone: Phone, selector: str) -> None:
    with phone.page.expect_response(lambda response: response.request.method == "POST"):
        phone.page.tap(selector)
    phone.wait_for_htmx()


def begin(phone: Phone) -> None:
    phone.sign_in("alice")
    look_up(phone, SUN)
    tap(phone, ".write .primary")


def counted(phone: Phone) -> str:
    return re.sub(r"\s+", " ", phone.page.inner_text("#message-length")).strip()


def test_alice_edits_the_draft_and_sends_it(phone: Phone, alice: Employee, customer: Member) -> None:
    begin(phone)
    page = phone.page
    assert page.input_value("[name=text]") == "您好，我是北岸一店的alice，冰箱到新货了，欢迎来店里看看样机。"
    assert page.inner_text("#message-ending") == "[链接] 退订[退订链接] 拒收请回复R"
    assert "短信" in page.inner_text("#message .choice")
    # The card is whole on the screen: nothing of it is under the tabs
    box = page.locator("#message").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 844 - 56
    phone.screenshot("message-draft")
    assert phone.sideways() == 0
    page.fill("[name=text]", "孙先生您好，您看的冰箱到货了，周末都在店里。")
    assert counted(phone) == "132 字（含链接） · 2/4 条短信"
    tap(phone, "#message .primary")
    assert "已发送" in page.inner_text("#message")
    phone.screenshot("message-sent")
    assert MessageText.objects.get().text.startswith("孙先生您好，您看的冰箱到货了")
    assert phone.refused == []


def test_after_sending_one_tap_leads_to_the_next_customer(phone: Phone, alice: Employee, customer: Member) -> None:
    begin(phone)
    assert not phone.page.is_visible(".needs")
    tap(phone, "#message .primary")
    assert phone.page.evaluate("() => document.activeElement.id") == "sent"
    assert phone.page.is_visible(".needs")  # the talk goes on
    assert not phone.page.is_visible(".write")
    phone.page.tap("#next-customer")
    assert phone.page.inner_text("#answer") == ""
    assert phone.page.evaluate("() => document.activeElement.name") == "phone"


def test_a_double_tap_sends_once(phone: Phone, alice: Employee, customer: Member) -> None:
    begin(phone)
    page = phone.page
    twice = "() => { const send = document.querySelector('#message .primary'); send.click(); send.click(); }"
    with page.expect_response("**/counter/message/"):
        page.evaluate(twice)
    page.wait_for_selector("#sent")
    assert len([request for request in phone.sent if request.url.endswith("/counter/message/")]) == 1
    assert Message.objects.count() == 1


def test_a_draft_is_left_and_the_portrait_is_back(phone: Phone, alice: Employee, customer: Member) -> None:
    begin(phone)
    phone.page.tap(".message-head [data-close]")
    assert phone.page.query_selector("#message textarea") is None
    assert phone.page.is_visible(".needs")
    assert phone.page.evaluate("() => document.activeElement.closest('form').className") == "write"
    tap(phone, ".write .primary")
    assert phone.page.is_visible("#message textarea")
    assert Message.objects.count() == 0


def test_the_count_is_the_servers_as_it_is_typed(phone: Phone, alice: Employee, customer: Member) -> None:
    begin(phone)
    ending = phone.page.get_attribute("#message-length", "data-ending") or ""
    for text in ("海", "海" * 27, "海" * 28, "海" * 94, "海" * 95, "😀" * 20, "a" * 60):
        phone.page.fill("[name=text]", text)
        assert counted(phone).endswith(f"· {measure(text + ending).segments}/4 条短信")
    assert phone.page.is_enabled("#message .primary")
    phone.page.fill("[name=text]", "海" * 170)
    assert not phone.page.is_enabled("#message .primary")
    assert "over" in (phone.page.get_attribute("#message-length", "class") or "")
    phone.screenshot("message-too-long")
    phone.page.fill("[name=text]", "")
    assert not phone.page.is_enabled("#message .primary")


def test_need_and_channel_are_chosen_and_a_closed_one_says_why(phone: Phone, alice: Employee, customer: Member) -> None:
    begin(phone)
    with phone.page.expect_response("**/counter/draft/"):
        phone.page.select_option("[name=category]", "hood")
    phone.wait_for_htmx()
    assert "油烟机到新货了" in phone.page.input_value("[name=text]")
    tap(phone, "[name=channel][value=WECHAT]")
    assert "该会员没有关注公众号" in phone.page.inner_text("#message")
    assert phone.page.query_selector("#message .primary") is None
    assert phone.page.input_value("[name=category]") == "hood"
    phone.screenshot("message-closed")
    assert phone.sideways() == 0


def test_a_fault_keeps_what_was_typed(phone: Phone, alice: Employee, customer: Member) -> None:
    begin(phone)
    phone.page.fill("[name=text]", "打我电话 15400007777")
    tap(phone, "#message .primary")
    assert "含有电话号码" in phone.page.inner_text("#message")
    assert phone.page.input_value("[name=text]") == "打我电话 15400007777"
    phone.screenshot("message-fault")
    phone.page.fill("[name=text]", "您好，欢迎来店里看看。")
    tap(phone, "#message .primary")
    assert "已发送" in phone.page.inner_text("#message")
    assert phone.refused == [("/counter/message/", 422)]


def test_a_fault_leaves_the_button_above_the_tabs(open_phone: OpenPhone, alice: Employee, customer: Member) -> None:
    phone = open_phone(viewport={"width": 320, "height": 568})
    begin(phone)
    phone.page.fill("[name=text]", "打我电话 15400007777，" + "周末都在店里，欢迎来看看样机，" * 6)
    tap(phone, "#message .primary")
    assert "含有电话号码" in phone.page.inner_text("#message")
    phone.screenshot("message-fault-320")
    send = phone.page.locator("#message .primary").bounding_box()
    fault = phone.page.locator("#message [role=alert]").bounding_box()
    tabs = phone.page.locator("nav.tabs").bounding_box()
    assert send
    assert fault
    assert tabs
    assert send["y"] + send["height"] <= tabs["y"]
    assert 56 <= fault["y"] < fault["y"] + fault["height"] <= send["y"]


def test_who_was_written_to_is_not_written_to_again(phone: Phone, alice: Employee, customer: Member) -> None:
    begin(phone)
    tap(phone, "#message .primary")
    look_up(phone, SUN)
    assert "后可再联系" in phone.page.inner_text(".why-not")
    assert not phone.page.is_visible(".write")
    assert phone.axe() == []
    assert Message.objects.count() == 1
    phone.screenshot("message-month")
