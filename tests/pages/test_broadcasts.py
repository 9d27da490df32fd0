"""The broadcast station on a phone: whom, what, check; then look, pause, cancel."""

import re

import pytest

from geo.models import Community
from outreach.actions.claim_batch import claim_batch
from outreach.actions.publish_audience import publish_audience
from outreach.actions.switch_sending import switch_sending
from outreach.actions.tend_broadcast import tend_broadcast
from outreach.models import Broadcast, ContactPolicy
from salesapp.staff.models import Employee
from tests.builders import make_category, make_version
from tests.conftest import Town
from tests.outreach.audience import make_buyers
from tests.outreach.messages import hand_over
from tests.pages.conftest import OpenPhone, Phone

pytestmark = pytest.mark.browser
LOOKS = [
    (320, "zh-CN", "light"), (320, "en-US", "dark"), (430, "zh-CN", "dark"), (430, "en-US", "light"),
]  # fmt: skip


@pytest.fixture
def buyers(town: Town) -> None:
    make_category()
    make_category("washer", "洗衣机")
    make_buyers(town.willow, 240)
    make_buyers(town.willow, 60, agreed=[])
    make_buyers(town.willow, 35, level=4)
    make_buyers(town.willow, 20, channels=[])
    publish_audience()
    make_version("{brand}{category}以旧换新，到店有礼 {unsubscribe} 拒收请回复R")
    make_version("{brand}{category}节，旧机折价 {unsubscribe} 拒收请回复R")


def number(phone: Phone) -> int:
    """Who can be reached, once the count has settled."""
    phone.wait_for_htmx()
    return int(phone.page.inner_text("#count b").replace("<5", "0"))


def see(phone: Phone, name: str) -> None:
    """Nothing is wider than the screen or unreadable; a picture, and one of the whole page as on a longer phone."""
    phone.wait_for_htmx()
    assert (name, phone.sideways() > 0, phone.axe()) == (name, False, [])
    phone.screenshot(name)
    screen = phone.page.viewport_size
    assert screen is not None
    height = phone.page.evaluate("() => document.documentElement.scrollHeight")
    phone.page.set_viewport_size({"width": screen["width"], "height": height})
    phone.screenshot(f"{name}-whole")
    phone.page.set_viewport_size(screen)


def next_screen(phone: Phone, wanted: int) -> None:
    phone.page.tap(".dock .primary")
    on_screen(phone, wanted)


def on_screen(phone: Phone, wanted: int) -> None:
    phone.page.wait_for_selector(f".stages li:nth-child({wanted})[aria-current]")
    phone.wait_for_htmx()


def test_mei_plans_a_broadcast_in_three_screens(phone: Phone, mei: Employee, buyers: None) -> None:
    page = phone.page
    phone.sign_in("mei")
    page.tap("nav.tabs a[href='/broadcasts/']")
    page.wait_for_selector("a.primary")
    phone.screenshot("broadcasts-empty")
    page.tap("a.primary")
    page.wait_for_selector("#plan")
    everybody = number(phone)
    assert 250 <= everybody <= 300
    # The first screen is a screen: its end can be seen without scrolling
    assert page.evaluate("() => document.documentElement.scrollHeight - window.innerHeight") <= 0

    page.tap("label:has([name=min_level][value='4'])")
    phone.until(f"!document.querySelector('#count b').innerText.includes('{everybody}')")
    assert number(phone) in {30, 35, 40}
    page.tap("label:has([name=min_level][value='3'])")
    phone.until(f"document.querySelector('#count b').innerText.includes('{everybody}')")
    page.tap(".picks-within summary")
    page.fill("[name=q]", "垂柳")
    page.wait_for_selector("#communities label")
    page.tap("#communities label")
    assert number(phone) == everybody  # the district has no other community
    phone.screenshot("broadcast-whom")

    next_screen(phone, 2)
    page.tap(".text-choice >> nth=1")
    page.fill("[name=name]", "冰箱以旧换新")
    assert page.is_hidden(".when")
    page.tap("label:has([name=begin][value=later])")
    assert page.is_visible(".when")
    page.tap("label:has([name=begin][value=now])")
    phone.screenshot("broadcast-what")

    next_screen(phone, 3)
    told = page.inner_text(".check")
    for words in ("冰箱以旧换新", str(everybody), "垂柳新村", "海澄冰箱", "短信"):
        assert words in told
    phone.screenshot("broadcast-check")

    page.evaluate("() => localStorage.setItem('map', JSON.stringify({ zoom: 13, picks: [5] }))")
    page.tap("#schedule")
    page.wait_for_url(re.compile(r"/broadcasts/\d+/$"))
    assert page.evaluate("() => JSON.parse(localStorage.map)") == {"zoom": 13, "picks": []}
    assert "待开始" in page.inner_text("#broadcast")
    (broadcast,) = Broadcast.objects.all()
    assert broadcast.communities == [Community.objects.get(name="垂柳新村").pk]
    assert phone.refused == []


def test_the_phones_own_way_back_finds_what_was_entered(phone: Phone, mei: Employee, town: Town, buyers: None) -> None:
    page = phone.page
    phone.sign_in("mei")
    phone.open(f"/broadcasts/new/?category=washer&communities={town.willow.pk}")
    page.wait_for_selector("#communities :checked")
    assert page.input_value("[name=category]") == "washer"
    page.select_option("[name=category]", "fridge")
    page.tap("label:has([name=min_level][value='4'])")
    number(phone)
    next_screen(phone, 2)
    page.fill("[name=name]", "四级")
    next_screen(phone, 3)
    page.go_back()
    on_screen(phone, 2)
    assert page.input_value("[name=name]") == "四级"
    page.go_back()
    on_screen(phone, 1)
    assert page.input_value("[name=category]") == "fridge"
    assert page.is_checked("[name=min_level][value='4']")
    assert page.is_checked(f"[name=communities][value='{town.willow.pk}']")
    next_screen(phone, 2)
    assert page.input_value("[name=name]") == "四级"
    page.tap(".dock .quiet")
    on_screen(phone, 1)
    assert page.is_checked("[name=min_level][value='4']")


def test_it_can_be_planned_without_scripts(open_phone: OpenPhone, mei: Employee, buyers: None) -> None:
    phone = open_phone(java_script_enabled=False)
    page = phone.page
    phone.sign_in("mei")
    phone.open("/broadcasts/new/")
    page.tap(".picks-within summary")
    page.fill("[name=q]", "垂柳")
    page.tap(".search button")
    page.wait_for_selector("#communities label")
    page.tap("#communities label")
    page.tap(".dock noscript button, .dock button.quiet")
    page.wait_for_selector("#communities :checked")
    next_screen(phone, 2)
    page.tap("label:has([name=begin][value=now])")
    next_screen(phone, 3)
    page.tap("#schedule")
    page.wait_for_url(re.compile(r"/broadcasts/\d+/$"))
    assert len(Broadcast.objects.get().communities) == 1
    page.tap("a.quiet.danger")
    page.tap("#confirm")
    page.wait_for_selector(".state-cancelled")


def test_what_is_wrong_with_a_plan_is_told(phone: Phone, mei: Employee, buyers: None) -> None:
    page = phone.page
    phone.sign_in("mei")
    phone.open("/broadcasts/new/")
    page.tap("label:has([name=channel][value='2'])")
    number(phone)
    page.tap(".dock .primary")
    page.wait_for_selector(".notice.danger")
    phone.screenshot("broadcast-too-few")
    page.tap("label:has([name=channel][value='1'])")
    number(phone)
    next_screen(phone, 2)
    page.fill("[name=ends_at]", "2020-01-01T10:00")
    page.tap(".dock .primary")
    page.wait_for_selector(".notice.danger:has-text('结束时间')")
    phone.screenshot("broadcast-refused")
    assert phone.refused == [("/broadcasts/new/", 422)] * 2


@pytest.mark.parametrize(("width", "locale", "scheme"), LOOKS)
def test_every_screen_of_the_station_fits_the_phone(
    open_phone: OpenPhone, mei: Employee, root: Employee, town: Town, buyers: None, width: int, locale: str, scheme: str
) -> None:
    phone = open_phone(
        viewport={"width": width, "height": 568 if width == 320 else 932}, locale=locale, color_scheme=scheme
    )
    page = phone.page
    look = f"{width}-{locale[:2]}-{scheme}"
    Community.objects.bulk_create(
        Community(name=f"垂柳东苑{each}期", region=town.north, district=town.north, region_path=town.north.path)
        for each in range(23)
    )
    ContactPolicy.objects.update(approval_above=10)

    phone.sign_in("mei")
    picked = "&".join(f"communities={each.pk}" for each in Community.objects.filter(region=town.north))
    phone.open(f"/broadcasts/new/?category=fridge&{picked}")
    see(phone, f"station-1-whom-picked-{look}")
    phone.open("/broadcasts/new/")
    see(phone, f"station-1-whom-{look}")
    page.tap(".why summary")
    see(phone, f"station-1-whom-why-{look}")
    phone.open(f"/broadcasts/new/?category=fridge&{picked}")
    next_screen(phone, 2)
    see(phone, f"station-2-what-{look}")
    switch_sending(on=False, by="test")
    next_screen(phone, 3)
    see(phone, f"station-3-check-{look}")
    page.tap("#schedule")
    page.wait_for_url(re.compile(r"/broadcasts/\d+/$"))
    see(phone, f"station-4-awaiting-{look}")
    broadcast = Broadcast.objects.get()
    phone.open("/broadcasts/")
    see(phone, f"station-5-list-off-{look}")
    switch_sending(on=True, by="test")
    Broadcast.objects.update(state="scheduled", approved_by=root)
    for batch in tend_broadcast(broadcast_id=broadcast.pk):
        claim_batch(broadcast_id=broadcast.pk, batch=batch)
    phone.open(f"/broadcasts/{broadcast.pk}/")
    see(phone, f"station-6-begun-{look}")
    hand_over(broadcast.pk, most=7)
    Broadcast.objects.update(measured_at=None)
    tend_broadcast(broadcast_id=broadcast.pk)
    phone.open(f"/broadcasts/{broadcast.pk}/")
    see(phone, f"station-6-running-{look}")
    phone.open(f"/broadcasts/{broadcast.pk}/communities/")
    see(phone, f"station-7-communities-{look}")
    phone.open(f"/broadcasts/{broadcast.pk}/cancel/")
    see(phone, f"station-8-cancel-{look}")
    page.tap("#confirm")
    page.wait_for_selector(".state-cancelled")
    assert phone.refused == []


def test_a_running_one_is_paused(phone: Phone, mei: Employee, buyers: None) -> None:
    page = phone.page
    phone.sign_in("mei")
    phone.open("/broadcasts/new/")
    next_screen(phone, 2)
    next_screen(phone, 3)
    page.tap("#schedule")
    page.wait_for_url(re.compile(r"/broadcasts/\d+/$"))
    broadcast = Broadcast.objects.get()
    for batch in tend_broadcast(broadcast_id=broadcast.pk):
        claim_batch(broadcast_id=broadcast.pk, batch=batch)
    page.reload()
    assert "进行中" in page.inner_text("#broadcast")
    page.tap("button:has-text('暂停')")
    page.wait_for_selector(".state-paused")
    page.tap("nav.tabs a[href='/broadcasts/']")
    page.wait_for_selector(".row-state")
    assert "已暂停" in page.inner_text("main")
    assert phone.refused == []


def test_looking_again_by_itself_moves_no_focus_alarms_nobody_and_keeps_no_page_open(
    phone: Phone, mei: Employee, buyers: None
) -> None:  # fmt: skip
    page = phone.page
    page.clock.install()
    phone.sign_in("mei")
    phone.open("/broadcasts/new/")
    next_screen(phone, 2)
    next_screen(phone, 3)
    page.tap("#schedule")
    page.wait_for_url(re.compile(r"/broadcasts/\d+/$"))
    page.wait_for_load_state()

    def look_again() -> None:
        page.evaluate("() => document.getElementById('broadcast').classList.add('looked-at')")
        page.clock.fast_forward(21_000)
        phone.until("!document.querySelector('.looked-at')")
        phone.wait_for_htmx()

    page.focus("#move-cancel")
    touched = page.evaluate("() => localStorage.touched")
    look_again()
    assert page.evaluate("() => document.activeElement.id") == "move-cancel"
    assert page.evaluate("() => localStorage.touched") == touched
    page.context.set_offline(True)
    with page.expect_event("requestfailed"):
        page.clock.fast_forward(21_000)
    page.wait_for_timeout(200)
    assert page.is_hidden("#no-answer")
    phone.screenshot("broadcast-offline")
    page.context.set_offline(False)
    look_again()
    assert page.evaluate("() => document.activeElement.id") == "move-cancel"
    phone.complaints[:] = [words for words in phone.complaints if not words.startswith("htmx:")]
