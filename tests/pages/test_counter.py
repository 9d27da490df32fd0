"""The counter on a phone: the number pad, the look-up with the last digit, the portrait in one screen."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from playwright.sync_api import Route
from pytest_django import Settings

from members.models import Member, Need, NeedRule, NeighbourList, Product, PublishedFigures
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_category, make_consent, make_member, make_product, make_purchase, make_sun
from tests.conftest import Town
from tests.outreach.templates import make_template, make_version
from tests.pages.conftest import OpenPhone, Phone

pytestmark = pytest.mark.browser

SUN, ZHAO, QIAN, NOBODY = "15400001234", "15400002345", "15400003456", "15400009999"


@pytest.fixture
def sun(town: Town) -> Member:
    sun = make_sun(town.willow, SUN, level=3, score=60)
    make_member(town.willow, ZHAO, surname="赵", refuses_profiling=True)
    make_member(town.willow, QIAN, surname="钱", erased_at="2026-01-01T00:00Z")
    return sun


@pytest.fixture
def usual(sun: Member, town: Town) -> Member:
    """孙先生 with what a usual member has: three needs with reasons and neighbours, five appliances."""
    plans = [("premium_fridge", "高端冰箱", "Premium fridge", 4), ("washer", "洗衣机", "Washing machine", 2)]
    repaired = NeedRule.objects.create(
        code="repaired", kind="repairs", low=1, months=24, points=15, reason="两年内修过",
        reason_en="repaired within two years",
    )  # fmt: skip
    aged = NeedRule.objects.get(code="old-appliance")
    for code, name, name_en, level in plans:
        category = make_category(code, name, name_en=name_en)
        Need.objects.create(
            member_id=sun.pk, category=category, level=level, score=level * 20, reasons=[aged.pk, repaired.pk]
        )
    for code in ("fridge", "premium_fridge", "washer"):
        category = make_category(code)
        liked(town, [make_product(f"HC-{code[0].upper()}{n}20A", category) for n in (4, 5)])
    for code, name, name_en, year in (
        ("tv", "电视", "Television", 2022), ("hood", "油烟机", "Range hood", 2019),
        ("stove", "燃气灶", "Gas stove", 2019), ("washer", "洗衣机", "Washing machine", 2014),
    ):  # fmt: skip
        category = make_category(code, name, name_en=name_en)
        make_purchase(sun, make_product(f"TL-{code.upper()}7A", category), date(year, 5, 1))
    for kind in (PublishedFigures.Kind.NEEDS, PublishedFigures.Kind.NEIGHBOURS):
        PublishedFigures.objects.create(kind=kind, build=1, as_of="2026-11-21T18:30Z")
    return sun


def liked(town: Town, models: list[Product]) -> None:
    """The models that the neighbours in the community bought, as the nightly lists have them."""
    NeighbourList.objects.create(
        place_id=town.willow.pk, category=models[0].category, as_of=date(2026, 11, 21), half_life_years=8, shrink=80,
        totals=[100.0] * 4, products=[model.pk for model in models], levels=[0] * len(models),
        households=[[20] * 4] * len(models), weights=[[20.0] * 4] * len(models),
    )  # fmt: skip


def key(phone: Phone, keys: str) -> None:
    for digit in keys:
        phone.page.tap(f'#pad [data-key="{digit}"]')


def answered(phone: Phone, act: Callable[[], None]) -> str:
    """The text of the answer to what ``act`` asks."""
    with phone.page.expect_response(lambda response: response.request.method == "POST"):
        act()
    phone.wait_for_htmx()
    return phone.page.inner_text("#answer")


def look_up(phone: Phone, number: str) -> str:
    """The text of the answer; the button is pressed for what does not start by itself."""
    page = phone.page
    if page.is_hidden("#look-up"):
        page.tap("#next-customer")
    starts = number.lstrip("+86- ").replace(" ", "").replace("-", "")
    if len(starts) == 11:
        return answered(phone, lambda: page.fill("[name=phone]", number))
    page.fill("[name=phone]", number)
    return answered(phone, lambda: page.tap("#look-up .primary"))


def typed(phone: Phone) -> str:
    return phone.page.input_value("[name=phone]")


def test_from_the_last_digit_to_the_portrait_is_one_step(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    assert phone.page.url.endswith("/counter/")
    phone.screenshot("counter-empty")
    shown = []
    for digit in SUN[:-1]:
        key(phone, digit)
        shown.append(typed(phone))
    assert shown == [
        "1", "15", "154", "154 0", "154 00", "154 000", "154 0000", "154 0000 1", "154 0000 12", "154 0000 123"
    ]  # fmt: skip
    phone.screenshot("counter-typing")
    assert AccessEntry.objects.count() == 0
    answer = answered(phone, lambda: key(phone, SUN[-1]))
    for part in ("孙先生", "154****1234", "2015年3月入会", "冰箱", "较强", "已过使用年限", "HC-318", "您家的冰箱用了"):
        assert part in answer
    phone.screenshot("counter-portrait")
    # The number has left the screen, and was never in an address
    assert typed(phone) == ""
    assert SUN not in phone.page.content()
    assert [request.url for request in phone.sent if "154" in request.url.replace(phone.server, "")] == []
    assert AccessEntry.objects.count() == 1
    assert phone.refused == []


def test_a_number_typed_before_the_scripts_came_is_looked_up(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    held: list[Route] = []

    def bring() -> None:
        for route in held:
            route.continue_()

    phone.page.route("**/counter*.js", lambda route: held.append(route))
    phone.page.goto(phone.server + "/counter/", wait_until="commit")
    phone.page.fill("[name=phone]", SUN)
    answer = answered(phone, bring)
    assert held
    assert "孙先生" in answer
    assert typed(phone) == ""


def test_the_portrait_of_a_usual_member_is_one_screen(open_phone: OpenPhone, alice: Employee, usual: Member) -> None:
    make_consent(usual)
    make_version(make_template("sms"))
    for locale, scheme, width, height in (
        ("zh-CN", "light", 390, 844), ("en-US", "dark", 390, 844),
        ("zh-CN", "dark", 360, 740), ("en-US", "light", 360, 740),
    ):  # fmt: skip
        phone = open_phone(locale=locale, color_scheme=scheme, viewport={"width": width, "height": height})
        phone.sign_in("alice")
        look_up(phone, SUN)
        phone.screenshot(f"counter-usual-{locale[:2]}-{width}")
        assert phone.sideways() == 0
        if (locale, width) != ("en-US", 360):  # the longer words there; what is owned goes on below
            assert phone.page.evaluate("() => document.documentElement.scrollHeight - innerHeight") == 0
        # The buttons lie above the tabs, whatever is above them
        box = phone.page.locator(".actions").bounding_box()
        assert box is not None
        assert abs(box["y"] + box["height"] - (height - 56)) < 1
    glyphs = phone.page.locator(".needs > li > .glyph").evaluate_all(
        "all => all.map((glyph) => glyph.innerHTML.trim())"
    )
    assert len(glyphs) == 3
    assert glyphs[0] == glyphs[1] != glyphs[2]  # two fridges and a washing machine


@pytest.mark.parametrize("width", [320, 430])
@pytest.mark.parametrize(
    ("locale", "scheme"), [("zh-CN", "light"), ("zh-CN", "dark"), ("en-US", "light"), ("en-US", "dark")]
)
def test_every_state_fits_every_phone(
    open_phone: OpenPhone, alice: Employee, usual: Member, width: int, locale: str, scheme: str
) -> None:
    make_consent(usual)
    make_version(make_template("sms"))
    phone = open_phone(
        locale=locale, color_scheme=scheme, viewport={"width": width, "height": 640 if width == 320 else 932}
    )
    phone.sign_in("alice")
    name = f"{locale[:2]}-{scheme}-{width}"

    def look(state: str) -> None:
        phone.screenshot(f"counter-{state}-{name}")
        assert (state, phone.sideways()) == (state, 0)
        small = phone.page.evaluate("""() =>
          [...document.querySelectorAll("button, a, .choice label, input[type=tel], select")]
            .filter((part) => part.offsetParent && !part.closest(".skip"))
            .map((part) => [part.outerHTML.slice(0, 60), part.getBoundingClientRect()])
            .filter(([_, box]) => box.height < 44 || box.width < 44)""")
        assert (state, small) == (state, [])

    key(phone, "154000012")
    look("typing")
    answered(phone, lambda: phone.page.tap("#look-up .primary"))
    look("problem")
    phone.page.tap('[data-key="clear"]')
    look_up(phone, SUN)
    look("portrait")
    answered(phone, lambda: phone.page.tap(".write .primary"))
    look("draft")
    answered(phone, lambda: phone.page.tap("#message .primary"))
    look("sent")
    look_up(phone, NOBODY)
    look("nobody")


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("+86 154-0000-1234", "+86 154 0000 1234"),
        ("008615400001234", "0086 154 0000 1234"),
        ("８６１５４００００１２３４", "86 154 0000 1234"),
        ("015400001234", "0154 0000 1234"),
        ("\u202a154.0000.1234\u202c", "154 0000 1234"),
    ],
)
def test_any_way_of_writing_the_number_starts_the_look_up(
    phone: Phone, alice: Employee, sun: Member, written: str, shown: str
) -> None:
    phone.sign_in("alice")
    page = phone.page
    page.route("**/counter/", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    page.fill("[name=phone]", written)
    page.wait_for_selector("#no-answer:not([hidden])")
    assert typed(phone) == shown  # nothing to type again
    page.unroute("**/counter/")
    phone.complaints.clear()  # htmx's own word about the broken line
    assert "孙先生" in answered(phone, lambda: page.tap("#look-up .primary"))


@pytest.mark.parametrize("written", ["+1 347 555 0123", "00447700900123", "1540000123", "154000012345", "张三"])
def test_what_is_no_whole_number_of_the_mainland_waits_for_the_button(
    phone: Phone, alice: Employee, sun: Member, written: str
) -> None:
    phone.sign_in("alice")
    phone.page.fill("[name=phone]", written)
    phone.page.wait_for_timeout(200)
    assert [request for request in phone.sent if request.method == "POST" and "/counter/" in request.url] == []
    answered(phone, lambda: phone.page.tap("#look-up .primary"))


def test_a_pasted_number_is_looked_up(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    phone.page.focus("[name=phone]")
    paste = "(text) => document.execCommand('insertText', false, text)"
    assert "孙先生" in answered(phone, lambda: phone.page.evaluate(paste, "154 0000 1234"))


def test_the_pad_deletes_clears_and_writes_a_plus(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    page = phone.page
    key(phone, "1540")
    page.tap('[data-key="back"]')
    assert typed(phone) == "154"
    key(phone, "00")
    # At the caret, over the space that is ours
    page.evaluate("() => document.querySelector('[name=phone]').setSelectionRange(4, 4)")
    page.tap('[data-key="back"]')
    assert typed(phone) == "150 0"
    page.tap('[data-key="clear"]')
    assert typed(phone) == ""
    page.tap('[data-key="back"]')
    zero = page.locator('[data-key="0"]')
    zero.dispatch_event("pointerdown", {"button": 0, "bubbles": True})
    phone.until("document.querySelector('[name=phone]').value === '+'")
    zero.dispatch_event("pointerup", {"button": 0, "bubbles": True})
    key(phone, "86154")
    assert typed(phone) == "+86 154"


def test_the_pad_serves_keyboards_and_screen_readers(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    page = phone.page
    # A screen reader clicks without touching
    page.eval_on_selector('[data-key="1"]', "key => key.click()")
    assert typed(phone) == "1"
    assert page.inner_text("#digits-told") == "1 位已输入"
    page.focus('[data-key="5"]')
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert typed(phone) == "15"
    # Digits typed anywhere go into the field, and the backspace over a space takes a digit
    page.evaluate("() => document.activeElement.blur()")
    page.keyboard.type("40000")
    assert typed(phone) == "154 0000"
    page.keyboard.type("1")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Backspace")
    assert typed(phone) == "154 0001"
    assert page.get_attribute('[data-key="back"]', "aria-label") == "删除末位"


def test_a_wrong_digit_is_corrected_without_a_second_look_up_of_its_own(
    phone: Phone, alice: Employee, sun: Member
) -> None:
    phone.sign_in("alice")
    page = phone.page
    look_up(phone, NOBODY)
    page.tap("#correct-number")
    assert typed(phone) == "154 0000 9999"
    # The same again is not asked again by itself, nor is a number that is corrected in its middle
    page.tap('[data-key="back"]')
    key(phone, "9")
    page.evaluate("() => document.querySelector('[name=phone]').setSelectionRange(10, 11)")
    key(phone, "1")
    assert typed(phone) == "154 0000 9199"
    page.wait_for_timeout(200)
    assert AccessEntry.objects.count() == 1
    for _ in range(4):
        page.keyboard.press("End")
        page.tap('[data-key="back"]')
    key(phone, "123")
    assert AccessEntry.objects.count() == 1
    assert "孙先生" in answered(phone, lambda: key(phone, "4"))
    assert AccessEntry.objects.count() == 2


def test_keys_pressed_while_an_answer_is_awaited_are_dropped(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    page = phone.page
    # Twice the last digit, as fast as it goes
    twice = """() => { const key = document.querySelector('[data-key="4"]'); key.click(); key.click(); }"""
    key(phone, SUN[:-1])
    assert "孙先生" in answered(phone, lambda: page.evaluate(twice))
    assert AccessEntry.objects.count() == 1
    assert typed(phone) == ""


def test_no_number_is_kept_when_the_page_is_left(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    key(phone, "1540000")
    phone.open("/me/")
    phone.page.go_back()
    phone.page.wait_for_selector("#pad.ready")
    assert typed(phone) == ""
    kept = "() => JSON.stringify([history.state, {...localStorage}, {...sessionStorage}])"
    assert not re.search(r"154\s?0000", phone.page.evaluate(kept))


def test_one_tap_makes_room_for_the_next_customer(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    assert "孙先生" in look_up(phone, SUN)
    phone.page.tap("#next-customer")
    assert "孙先生" not in phone.page.content()
    assert phone.page.evaluate("() => document.activeElement.name") == "phone"


def test_nobody_an_erased_member_and_one_who_refuses_look_the_same(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    answers = [look_up(phone, number) for number in (NOBODY, ZHAO, QIAN)]
    assert answers[0] == answers[1] == answers[2]
    assert "没有可显示的资料。" in answers[0]
    assert "请照常接待顾客。" in answers[0]
    phone.screenshot("counter-nothing")
    assert phone.page.is_visible(".join-code svg")
    assert alice.store
    assert phone.page.inner_text(".join-address") == f"https://m.example.com/join/{alice.store.join_code}/"
    assert phone.page.is_visible(".join-address")
    phone.page.tap("#next-customer")
    assert typed(phone) == ""


def test_an_employee_without_a_store_has_no_code_to_show(phone: Phone, mei: Employee, sun: Member) -> None:
    phone.sign_in("mei")
    phone.open("/counter/")
    assert "没有可显示的资料。" in look_up(phone, NOBODY)
    assert phone.page.query_selector(".join-code") is None


def test_a_wrong_number_and_the_limit_are_explained(
    phone: Phone, alice: Employee, sun: Member, settings: Settings
) -> None:
    settings.LOOKUP_LIMITS = ["1/d"]
    phone.sign_in("alice")
    assert "这不是有效的手机号" in look_up(phone, "1540000")
    key(phone, "1")
    assert phone.page.inner_text("#answer") == ""  # said, and being corrected
    phone.page.tap('[data-key="clear"]')
    assert "孙先生" in look_up(phone, SUN)
    assert "查询过于频繁" in look_up(phone, SUN)
    phone.screenshot("counter-limit")
    assert phone.refused == [("/counter/", 422), ("/counter/", 429)]


def test_a_broken_line_is_told(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    phone.page.context.set_offline(True)
    phone.page.fill("[name=phone]", SUN)
    phone.page.wait_for_selector("#no-answer:not([hidden])")
    assert phone.page.inner_text("#no-answer") == "没有网络：没有查询，也没有留下记录。"
    assert typed(phone) == "154 0000 1234"  # nothing to type again
    assert all(complaint.startswith("htmx:") for complaint in phone.complaints)
    phone.complaints.clear()  # htmx's own word about the broken line


def test_an_ended_session_leads_to_sign_in(phone: Phone, alice: Employee, sun: Member) -> None:
    phone.sign_in("alice")
    Employee.objects.filter(pk=alice.pk).update(disabled_at="2026-01-01T00:00Z")
    phone.page.fill("[name=phone]", SUN)
    phone.page.wait_for_url("**/sign-in/")
    assert "孙先生" not in phone.page.content()


def test_without_script_the_form_does_the_same(open_phone: OpenPhone, alice: Employee, sun: Member) -> None:
    phone = open_phone(java_script_enabled=False)
    page = phone.page
    phone.sign_in("alice")
    assert page.is_hidden("#pad")
    page.fill("[name=phone]", "+86 154 0000 1234")
    page.tap("#look-up .primary")
    assert "孙先生" in page.inner_text(".portrait")
    assert typed(phone) == ""
    assert SUN not in page.content()
    with page.expect_navigation():
        page.tap("#next-customer")
    assert page.query_selector(".portrait") is None
