"""Without network: what opens, what is said, what is kept, and what a phone forgets."""
# ruff: noqa: F401, F811 - fixtures of other screens

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Route

from members.models import Category, Member
from outreach.models import Message, MessageText
from outreach.phone_owner import phone_owner
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_consent
from tests.conftest import PASSWORD, Town
from tests.pages.conftest import OpenPhone, Phone
from tests.pages.test_counter import SUN, look_up, sun
from tests.pages.test_map import MAP, VIEW, fridge, settle
from tests.pages.test_message import begin, customer, tap

pytestmark = pytest.mark.browser

TEXT = "孙先生您好，您看的冰箱到货了。"
# All that a browser keeps for a page
INVENTORY = """async () => {
  const found = { caches: {}, databases: {}, local: { ...localStorage }, session: { ...sessionStorage } };
  for (const name of await caches.keys()) {
    found.caches[name] = (await (await caches.open(name)).keys()).map((request) => new URL(request.url).pathname);
  }
  const result = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  for (const { name } of await indexedDB.databases()) {
    const database = await result(indexedDB.open(name));
    found.databases[name] = {};
    for (const store of database.objectStoreNames) {
      found.databases[name][store] = await result(database.transaction(store).objectStore(store).getAll());
    }
    database.close();
  }
  return found;
}"""


@pytest.fixture
def phone(open_phone: OpenPhone) -> Iterator[Phone]:
    phone = open_phone(service_workers="allow")
    yield phone
    # htmx writes every request that the network failed to the console
    phone.complaints[:] = [words for words in phone.complaints if not words.startswith("htmx:")]


def served(phone: Phone) -> None:
    """The service worker answers for the page. It does not take over one that is just being opened (seen once in 60
    sign-ins): that one is loaded again."""
    phone.page.evaluate(
        "() => Promise.race([navigator.serviceWorker.ready.then(() => {}), new Promise((end) => setTimeout(end, 3e4))])"
    )
    if not phone.page.evaluate("() => Boolean(navigator.serviceWorker.controller)"):
        phone.page.reload()
    phone.until("navigator.serviceWorker.controller")


def away(phone: Phone, *, cut: bool = True) -> None:
    phone.page.context.set_offline(cut)


def inventory(phone: Phone) -> dict[str, Any]:
    found: dict[str, Any] = phone.page.evaluate(INVENTORY)
    return found


def left(phone: Phone) -> dict[str, Any]:
    """The inventory without the shell, which is nobody's, and the note that the server is to be told."""
    found = inventory(phone)
    # htmx notes the address of the page that is open
    if phone.page.url == phone.server + found["session"].get("htmx-current-path-for-history", "-"):
        del found["session"]["htmx-current-path-for-history"]
    found["caches"] = {name: held for name, held in found["caches"].items() if not name.startswith("shell ")}
    return found


NOTHING: dict[str, Any] = {"caches": {}, "databases": {}, "local": {}, "session": {}}


def waiting(phone: Phone) -> int:
    count: int = phone.page.evaluate("() => drafts.count()")
    return count


def wait_for_rows(condition: Callable[[], bool], phone: Phone) -> None:
    for _ in range(100):
        if condition():
            return
        phone.page.wait_for_timeout(100)
    raise AssertionError("never came true")


def open_map(phone: Phone, employee_no: str) -> None:
    """Signed in, and the map is kept."""
    phone.open("/sign-in/")
    served(phone)
    phone.sign_in(employee_no)
    if not phone.page.url.endswith("/map/"):
        phone.open("/map/")
    settle(phone)


# --- What opens ---------------------------------------------------------------------------------------------


def test_the_last_map_opens_without_network(phone: Phone, mei: Employee, town: Town, fridge: Category) -> None:
    open_map(phone, "mei")
    phone.page.evaluate(f"() => {{ {MAP}.jumpTo({{ center: [120.1, 36.3], zoom: 14 }}); }}")
    phone.page.select_option("#category", "washer")
    phone.open("/map/")
    settle(phone)
    left = phone.page.evaluate(VIEW)
    away(phone)
    phone.open("/map/?category=fridge")
    settle(phone)
    assert phone.page.inner_text(".place") == "垂柳新村"
    assert phone.page.inner_text("#network") == "没有网络，这是上次打开的地图"
    phone.screenshot("offline-map")
    assert phone.page.evaluate(VIEW) == left
    assert phone.sideways() == 0
    phone.open("/")
    assert phone.page.url.endswith("/map/")
    away(phone, cut=False)
    phone.page.wait_for_selector("#network", state="hidden")
    assert phone.page.get_attribute("html", "data-kept") is None


@pytest.mark.parametrize(("locale", "words"), [("zh-CN", "没有网络"), ("en-US", "No network")])
def test_every_other_page_says_so_in_the_readers_language(
    open_phone: OpenPhone, mei: Employee, fridge: Category, locale: str, words: str
) -> None:  # fmt: skip
    phone = open_phone(service_workers="allow", locale=locale, viewport={"width": 320, "height": 568})
    open_map(phone, "mei")
    away(phone)
    for path in ("/counter/", "/me/", "/broadcasts/", "/map/list/"):
        phone.open(path)
        assert phone.page.inner_text("h1:visible") == words
    assert phone.page.get_attribute("html", "lang") == ("zh-hans" if locale == "zh-CN" else "en")
    phone.screenshot(f"offline-page-{locale[:2]}")
    assert phone.sideways() == 0
    # A page that is being left does not come back when there is network again
    phone.page.evaluate(
        "() => addEventListener('beforeunload', () => setTimeout(() => dispatchEvent(new Event('online'))))"
    )
    with phone.page.expect_event("framenavigated", lambda frame: "/map/" in frame.url):
        phone.page.tap("[data-kept-map]:visible")
    settle(phone)
    assert phone.page.inner_text(".place") == "垂柳新村"
    phone.open("/me/")
    away(phone, cut=False)
    phone.page.wait_for_selector("nav.tabs")
    assert phone.page.url.endswith("/me/")


# --- What is said --------------------------------------------------------------------------------------------


def test_a_look_up_without_network_says_so_at_once_and_records_nothing(
    phone: Phone, alice: Employee, customer: Member
) -> None:  # fmt: skip
    phone.sign_in("alice")
    away(phone)
    assert phone.page.inner_text("#network") == "没有网络"
    phone.page.fill("[name=phone]", SUN)
    phone.page.wait_for_selector("#no-answer:visible", timeout=2000)
    assert phone.page.inner_text("#no-answer") == "没有网络：没有查询，也没有留下记录。"
    phone.screenshot("offline-look-up")
    assert not AccessEntry.objects.exists()
    assert phone.page.input_value("[name=phone]").replace(" ", "") == SUN
    away(phone, cut=False)
    phone.page.tap("#look-up .primary")
    phone.page.wait_for_selector(".portrait")


def test_a_look_up_whose_answer_is_lost_says_that_it_may_be_on_record(
    phone: Phone, alice: Employee, customer: Member
) -> None:  # fmt: skip
    phone.sign_in("alice")
    phone.page.route("**/counter/", lambda route: route.abort())
    phone.page.fill("[name=phone]", SUN)
    phone.page.wait_for_selector("#no-answer:visible", timeout=2000)
    assert phone.page.inner_text("#no-answer") == "网络中断，没有收到结果。如果请求已送达，会留下查询记录。"


# --- Messages that wait ---------------------------------------------------------------------------------------


def write(phone: Phone) -> None:
    phone.page.fill("[name=text]", TEXT)
    phone.page.tap("#message .primary")


def test_a_message_waits_for_the_network_and_goes_by_itself(phone: Phone, alice: Employee, customer: Member) -> None:
    begin(phone)
    away(phone)
    write(phone)
    phone.page.wait_for_selector("p#message")
    assert "已加密暂存" in phone.page.inner_text("#message")
    assert "待发送： 1" in phone.page.inner_text("#drafts")
    assert phone.page.inner_text(".badge") == "1"
    phone.screenshot("draft-kept")
    assert not Message.objects.exists()
    away(phone, cut=False)
    phone.page.wait_for_selector("#drafts [data-settled]:visible")
    assert "已发送" in phone.page.inner_text("#drafts")
    phone.screenshot("draft-sent")
    assert MessageText.objects.get().text.startswith(TEXT)
    assert waiting(phone) == 0
    phone.page.tap("#drafts [data-clear]")
    phone.page.wait_for_selector("#drafts", state="hidden")


def test_what_lies_on_the_phone_tells_nothing(phone: Phone, alice: Employee, customer: Member) -> None:
    begin(phone)
    member = phone.page.input_value("[name=member]")
    away(phone)
    write(phone)
    phone.page.wait_for_selector("p#message")
    found = left(phone)
    (row,) = found["databases"]["drafts"]["waiting"]
    assert set(row) == {"key", "owner", "sealed", "created"}
    assert row["owner"] == phone_owner(alice)
    clear = bytes(row["sealed"].values()) if isinstance(row["sealed"], dict) else bytes(row["sealed"])
    assert len(clear) > 100
    everything = repr(found).encode() + clear
    for secret in (member, TEXT, "SMS", "fridge", "alice", "孙", SUN):
        assert secret.encode() not in everything
    assert set(found["local"]) == {"owner", "touched"}
    assert found["session"] == {}


def lost_answer(route: Route) -> None:
    route.fetch()
    route.abort()


def test_a_lost_answer_is_found_again_and_not_sent_twice(phone: Phone, alice: Employee, customer: Member) -> None:
    begin(phone)
    phone.page.route("**/counter/message/", lost_answer)
    write(phone)
    phone.page.wait_for_selector("p#message")
    assert Message.objects.count() == 1
    assert waiting(phone) == 1
    phone.open("/me/")
    wait_for_rows(lambda: waiting(phone) == 0, phone)
    phone.open("/counter/")
    phone.page.wait_for_selector("#drafts [data-settled]:visible")
    assert "已发送" in phone.page.inner_text("#drafts")
    assert Message.objects.count() == 1


def test_a_phone_that_dies_on_the_way_sends_it_when_it_is_back(
    phone: Phone, alice: Employee, customer: Member
) -> None:  # fmt: skip
    begin(phone)
    phone.page.route("**/counter/message/", lambda route: None)  # never answered
    write(phone)
    phone.page.wait_for_timeout(500)
    context = phone.page.context
    phone.page.close()
    phone.page = context.new_page()
    phone.open("/counter/")
    phone.page.wait_for_selector("#drafts [data-settled]:visible")
    assert Message.objects.count() == 1


def test_a_sign_in_page_of_another_network_is_no_answer(phone: Phone, alice: Employee, customer: Member) -> None:
    begin(phone)
    portal: Callable[[Route], None] = lambda route: route.fulfill(body="<html><p>Wi-Fi", content_type="text/html")  # noqa: E731
    phone.page.route("**/counter/message/", portal)
    phone.page.route("**/api/sealed-drafts/", portal)
    write(phone)
    phone.page.wait_for_selector("p#message")
    phone.page.evaluate("() => drafts.flush()")
    assert waiting(phone) == 1
    phone.page.unroute("**/api/sealed-drafts/")
    phone.page.evaluate("() => drafts.flush()")
    assert waiting(phone) == 0
    assert Message.objects.count() == 1


def test_a_refusal_is_told_in_words(phone: Phone, alice: Employee, customer: Member) -> None:
    begin(phone)
    away(phone)
    write(phone)
    phone.page.wait_for_selector("p#message")
    make_consent(customer, given=False)
    away(phone, cut=False)
    phone.page.wait_for_selector("#drafts [data-settled]:visible")
    assert "未发送：顾客没有同意接收这个渠道的消息。" in phone.page.inner_text("#drafts")
    phone.screenshot("draft-refused")
    assert waiting(phone) == 0
    assert not Message.objects.exists()


def test_after_a_day_a_draft_is_not_sent_and_the_reader_is_told(
    phone: Phone, alice: Employee, customer: Member, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    begin(phone)
    away(phone)
    write(phone)
    phone.page.wait_for_selector("p#message")
    monkeypatch.setattr("outreach.actions.write_from_counter.KEPT", timedelta())
    away(phone, cut=False)
    phone.page.wait_for_selector("#drafts [data-settled]:visible")
    assert "未发送：已超过 24 小时。" in phone.page.inner_text("#drafts")
    assert not Message.objects.exists()


def test_a_faulty_text_stays_in_the_form_and_nothing_waits(phone: Phone, alice: Employee, customer: Member) -> None:
    begin(phone)
    phone.page.fill("[name=text]", "打我电话 15400007777")
    tap(phone, "#message .primary")
    assert "含有电话号码" in phone.page.inner_text("#message")
    assert waiting(phone) == 0
    assert phone.page.query_selector(".badge") is None


# --- Signing out ----------------------------------------------------------------------------------------------


def fill_phone(phone: Phone, customer: Member) -> None:
    """Everything that a phone may hold: the map, a message that waits, one that was sent."""
    open_map(phone, "alice")
    phone.open("/counter/")
    look_up(phone, SUN)
    tap(phone, ".write .primary")
    phone.page.route("**/counter/message/", lambda route: route.abort())
    phone.page.route("**/api/sealed-drafts/", lambda route: route.abort())
    write(phone)
    phone.page.wait_for_selector("p#message")
    phone.page.evaluate("() => { sessionStorage.setItem('x', '1'); localStorage.setItem('x', '1'); }")
    phone.open("/me/")
    found = left(phone)
    assert len(found["databases"]["drafts"]["waiting"]) == 1
    assert any(name.startswith("map ") and len(held) > 1 for name, held in found["caches"].items())
    assert found["local"]["x"] == found["session"]["x"] == "1"


def sign_out(phone: Phone) -> None:
    phone.page.tap("form[data-sign-out] button")
    phone.page.wait_for_selector("#would-be-lost:visible")
    assert phone.page.inner_text("#would-be-lost") == "退出后会丢失的待发送消息： 1"
    phone.screenshot("sign-out-with-drafts")
    phone.page.tap("form[data-sign-out] button")


def test_signing_out_leaves_nothing_on_the_phone(
    phone: Phone, alice: Employee, customer: Member, fridge: Category
) -> None:  # fmt: skip
    fill_phone(phone, customer)
    sign_out(phone)
    phone.page.wait_for_url("**/sign-in/")
    assert left(phone) == NOTHING
    phone.open("/me/")
    assert "/sign-in/" in phone.page.url


def test_signing_out_without_network_leaves_nothing_and_the_server_is_told_first(
    phone: Phone, alice: Employee, customer: Member, fridge: Category
) -> None:  # fmt: skip
    fill_phone(phone, customer)
    away(phone)
    sign_out(phone)
    phone.page.wait_for_selector("text=恢复后会先通知服务器")
    phone.screenshot("signed-out-offline")
    assert left(phone) == NOTHING | {"caches": {"owed sign-out": []}}
    for path in ("/map/", "/counter/", "/"):
        phone.open(path)
        assert phone.page.inner_text("h1:visible") == "已退出登录"
    # The server still knows the session: it must end before anything is shown
    phone.page.route("**/sign-out/", lambda route: route.abort())
    away(phone, cut=False)
    phone.open("/me/")
    phone.page.wait_for_timeout(500)
    assert phone.page.inner_text("h1:visible") == "已退出登录"
    phone.page.unroute("**/sign-out/")
    phone.open("/me/")
    phone.page.wait_for_url("**/sign-in/")
    assert left(phone) == NOTHING
    phone.open("/me/")
    assert "/sign-in/" in phone.page.url


def test_signing_out_leaves_nothing_in_another_tab(phone: Phone, mei: Employee, town: Town, fridge: Category) -> None:
    open_map(phone, "mei")
    other = phone.page.context.new_page()
    other.goto(phone.server + "/map/list/")
    other.evaluate("() => sessionStorage.setItem('x', '1')")
    phone.open("/me/")
    away(phone)
    phone.page.tap("form[data-sign-out] button")
    for page in (phone.page, other):
        page.wait_for_selector("text=恢复后会先通知服务器")
    assert left(phone) == NOTHING | {"caches": {"owed sign-out": []}}
    assert other.evaluate("() => ({ ...sessionStorage })") == {}


def test_another_employee_finds_nothing_of_the_former(
    phone: Phone, alice: Employee, bob: Employee, customer: Member, fridge: Category
) -> None:  # fmt: skip
    fill_phone(phone, customer)
    phone.page.context.clear_cookies()
    phone.sign_in("bob")
    phone.until(f"localStorage.owner === '{phone_owner(bob)}'")
    phone.open("/me/")
    assert phone_owner(alice) not in repr(inventory(phone))
    found = left(phone)
    assert found["databases"].get("drafts", {"waiting": [], "settled": []}) == {"waiting": [], "settled": []}
    assert (found["caches"], found["session"], set(found["local"])) == ({}, {}, {"owner", "touched"})


def sign_in_to_admin(phone: Phone) -> None:
    phone.open("/sign-in/?next=/admin/")
    phone.page.fill("[name=employee_no]", "root")
    phone.page.fill("[name=password]", PASSWORD)
    phone.page.click("form.card button")
    phone.page.wait_for_selector("#logout-form")
    phone.page.wait_for_load_state()


def test_who_begins_in_the_admin_finds_nothing_of_the_former(
    phone: Phone, alice: Employee, root: Employee, customer: Member, fridge: Category
) -> None:  # fmt: skip
    fill_phone(phone, customer)
    phone.page.context.clear_cookies()
    sign_in_to_admin(phone)
    phone.until(f"localStorage.owner === '{phone_owner(root)}'")
    assert left(phone) | {"local": {}} == NOTHING
    away(phone)
    phone.open("/map/?kept")
    assert phone.page.inner_text("h1:visible") == "没有网络"


def test_signing_out_of_the_admin_without_network_leaves_nothing(
    phone: Phone, root: Employee, town: Town, fridge: Category
) -> None:  # fmt: skip
    open_map(phone, "root")
    phone.open("/admin/")
    away(phone)
    phone.page.tap("#logout-form button")
    phone.page.wait_for_selector("text=恢复后会先通知服务器")
    assert left(phone) == NOTHING | {"caches": {"owed sign-out": []}}


# --- The lock -------------------------------------------------------------------------------------------------


def test_nobody_touches_the_phone_and_it_locks(phone: Phone, alice: Employee, customer: Member) -> None:
    phone.page.clock.install()
    begin(phone)
    phone.page.route("**/api/sealed-drafts/", lambda route: route.abort())
    phone.page.route("**/counter/message/", lambda route: route.abort())
    write(phone)
    phone.page.wait_for_selector("p#message")
    look_up(phone, SUN)
    phone.page.clock.fast_forward(240_000)
    phone.page.keyboard.press("Shift")
    phone.page.clock.fast_forward(240_000)
    assert "孙先生" in phone.page.inner_text(".portrait")
    phone.page.clock.fast_forward(62_000)
    phone.page.wait_for_url("**/sign-in/?next=**")
    assert "已自动锁定，请重新登录" in phone.page.inner_text("#locked")
    assert "孙先生" not in phone.page.content()
    assert "alice" not in phone.page.content()
    phone.screenshot("locked")
    # The session has ended on the server, and the drafts are still there
    phone.page.fill("[name=employee_no]", "alice")
    phone.page.fill("[name=password]", PASSWORD)
    phone.page.click("form.card button")
    phone.page.wait_for_url("**/counter/")
    assert waiting(phone) == 1
    phone.page.unroute("**/api/sealed-drafts/")
    phone.page.reload()
    phone.page.wait_for_selector("#drafts [data-settled]:visible")
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("zh-CN", "长时间没有操作，本页将在 30 秒内锁定。轻触页面或按任意键即可继续。"),
        (
            "en-US",
            "Nobody has touched this page for a while: it locks within 30 seconds. Touch it or press a key to go on.",
        ),
    ],
)
def test_before_it_locks_it_says_so_and_a_touch_goes_on(
    open_phone: OpenPhone, alice: Employee, locale: str, words: str
) -> None:  # fmt: skip
    phone = open_phone(locale=locale, viewport={"width": 320, "height": 568})
    phone.page.clock.install()
    phone.sign_in("alice")
    phone.open("/me/")
    phone.until("localStorage.getItem('touched')")
    warning = phone.page.locator("[role=alert]:visible")
    phone.page.clock.fast_forward(240_000)
    assert warning.count() == 0
    phone.page.clock.fast_forward(33_000)
    assert warning.inner_text() == words
    phone.screenshot(f"locks-soon-{locale[:2]}")
    assert phone.axe() == []
    phone.page.mouse.click(10, 300)
    assert warning.count() == 0
    phone.page.clock.fast_forward(275_000)
    assert warning.inner_text() == words
    # As a screen reader does
    phone.page.evaluate("() => document.querySelector('nav.tabs a').focus()")
    assert warning.count() == 0
    phone.page.clock.fast_forward(240_000)
    assert phone.page.url.endswith("/me/")


def test_the_admin_locks_as_well(phone: Phone, root: Employee) -> None:
    phone.page.clock.install()
    sign_in_to_admin(phone)
    phone.until("localStorage.getItem('touched')")
    phone.page.clock.fast_forward(275_000)
    assert "本页将在 30 秒内锁定" in phone.page.inner_text("[role=alert]")
    phone.screenshot("locks-soon-admin")
    phone.page.clock.fast_forward(27_000)
    phone.page.wait_for_url("**/sign-in/?next=%2Fadmin%2F&locked")
    phone.open("/admin/")
    assert "/sign-in/" in phone.page.url


def test_a_phone_that_was_put_away_is_locked_when_it_is_opened(
    phone: Phone, alice: Employee, customer: Member
) -> None:  # fmt: skip
    phone.sign_in("alice")
    phone.page.evaluate("() => localStorage.setItem('touched', Date.now() - 301000)")
    phone.open("/me/")
    phone.page.wait_for_url("**/sign-in/?next=%2Fme%2F&locked")
    phone.open("/me/")
    assert "/sign-in/" in phone.page.url


def test_the_touch_that_wakes_a_phone_does_not_keep_it_open(phone: Phone, alice: Employee) -> None:
    phone.page.clock.install()
    phone.sign_in("alice")
    phone.open("/me/")
    now = phone.page.evaluate("() => Date.now()") / 1000
    # It sleeps: time goes by, and no timer runs
    phone.page.clock.pause_at(now + 1)
    phone.page.clock.set_system_time(now + 1800)
    phone.page.mouse.click(180, 300)
    phone.page.wait_for_url("**/sign-in/?next=%2Fme%2F&locked")


def test_of_a_page_that_is_to_be_locked_nothing_is_drawn(open_phone: OpenPhone, alice: Employee) -> None:
    phone = open_phone()
    phone.sign_in("alice")
    drawn: list[str] = []
    phone.page.on("console", lambda message: drawn.append(message.text))
    phone.page.add_init_script("""requestAnimationFrame(function look() {
      const { body, documentElement } = document;
      if (body && !documentElement.classList.contains("covered")) console.info(body.innerText);
      requestAnimationFrame(look);
    })""")

    def late(route: Route) -> None:
        time.sleep(0.5)
        route.continue_()

    phone.page.route("**/session*.js", late)
    phone.open("/me/")
    phone.page.wait_for_selector("form[data-sign-out]")
    phone.until("document.readyState === 'complete'")
    phone.page.wait_for_timeout(200)
    assert any("alice" in words for words in drawn)
    phone.page.evaluate("() => localStorage.setItem('touched', Date.now() - 1_800_000)")
    phone.page.goto(phone.server + "/me/", wait_until="commit")
    drawn_since = len(drawn)
    phone.page.wait_for_url("**/sign-in/?next=%2Fme%2F&locked")
    assert not any("alice" in words for words in drawn[drawn_since:])


def test_a_lock_without_network_covers_the_page_and_the_session_ends_later(
    phone: Phone, alice: Employee, customer: Member, fridge: Category
) -> None:  # fmt: skip
    phone.page.clock.install()
    open_map(phone, "alice")
    phone.open("/counter/")
    look_up(phone, SUN)
    away(phone)
    phone.page.clock.fast_forward(302_000)
    phone.page.wait_for_selector("h1:visible:has-text('已锁定')")
    phone.screenshot("locked-offline")
    phone.open("/counter/")
    assert phone.page.inner_text("h1:visible") == "已锁定"
    # The map needs no sign-in without network
    phone.page.tap("[data-kept-map]:visible")
    phone.page.wait_for_url("**/map/")
    settle(phone)
    away(phone, cut=False)
    phone.page.wait_for_url("**/sign-in/?next=**")
    phone.open("/counter/")
    assert "/sign-in/" in phone.page.url


def test_going_back_brings_no_portrait(phone: Phone, alice: Employee, customer: Member) -> None:
    phone.sign_in("alice")
    look_up(phone, SUN)
    phone.page.wait_for_selector(".portrait")
    phone.page.tap("[data-tab=me]")
    phone.page.wait_for_selector("form[data-sign-out]")
    phone.page.go_back()
    phone.page.wait_for_selector("#look-up")
    assert phone.page.query_selector(".portrait") is None


# --- On the home screen ---------------------------------------------------------------------------------------


def test_the_app_can_be_installed(phone: Phone, alice: Employee, customer: Member) -> None:
    phone.sign_in("alice")
    served(phone)
    devtools = phone.page.context.new_cdp_session(phone.page)
    manifest = devtools.send("Page.getAppManifest")
    assert manifest["errors"] == []
    # A test's window is a private one, and that is all that Chromium has against it
    faults = devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    assert [fault["errorId"] for fault in faults] == ["in-incognito"]


def test_of_answers_only_the_map_is_kept(
    phone: Phone, mei: Employee, town: Town, customer: Member, fridge: Category
) -> None:
    open_map(phone, "mei")
    for path in ("/me/", "/broadcasts/", "/map/list/", f"/map/communities/{town.willow.id}/", "/counter/"):
        phone.open(path)
    look_up(phone, SUN)
    tap(phone, ".write .primary")
    phone.page.evaluate("() => Promise.all(['/api/me/', '/api/regions/'].map((path) => fetch(path)))")
    held = inventory(phone)["caches"]
    for name, paths in held.items():
        allowed = ("/static/", "/offline/", "/signed-out/") if name.startswith("shell ") else ("/map/", "/api/tiles/")
        assert all(path.startswith(allowed) for path in paths), name
        assert not [path for path in paths if path.startswith("/map/") and path != "/map/"]
    assert len(held) == 2
