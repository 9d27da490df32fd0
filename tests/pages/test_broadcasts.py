"""The broadcast station on a phone: count, plan, look, pause."""

import re

import pytest

from outreach.actions.claim_batch import claim_batch
from outreach.actions.publish_audience import publish_audience
from outreach.actions.tend_broadcast import tend_broadcast
from outreach.models import Broadcast
from salesapp.staff.models import Employee
from tests.builders import make_category, make_version
from tests.conftest import Town
from tests.outreach.audience import make_buyers
from tests.pages.conftest import Phone

pytestmark = pytest.mark.browser


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


def number(phone: Phone) -> int:
    """Who can be reached, once the count has settled."""
    phone.until("!document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling')")
    return int(phone.page.inner_text("#count .headline b").replace("<5", "0"))


def test_mei_plans_a_broadcast_and_pauses_it(phone: Phone, mei: Employee, buyers: None) -> None:
    page = phone.page
    phone.sign_in("mei")
    page.tap("nav.tabs a[href='/broadcasts/']")
    page.wait_for_selector("a.primary")
    phone.screenshot("broadcasts-empty")
    page.tap("a.primary")
    page.wait_for_selector("#plan")
    everybody = number(phone)
    assert 250 <= everybody <= 300
    phone.screenshot("broadcast-new")

    page.tap("label:has([name=min_level][value='4'])")
    phone.until(f"!document.querySelector('#count .headline b').innerText.includes('{everybody}')")
    assert number(phone) in {30, 35, 40}
    page.tap("label:has([name=channel][value='2'])")
    phone.until("document.querySelector('#texts p')")  # no text for e-mail
    page.tap("label:has([name=channel][value='1'])")
    page.tap("label:has([name=min_level][value='3'])")
    phone.until("document.querySelector('#texts [name=version]')")
    phone.until(f"document.querySelector('#count .headline b').innerText.includes('{everybody}')")

    page.tap("summary >> nth=0")
    page.fill("[name=q]", "垂柳")
    page.wait_for_selector("#communities label")
    page.tap("#communities label")
    assert number(phone) == everybody  # the district has no other community
    page.fill("[name=name]", "冰箱以旧换新")
    assert number(phone) == everybody
    assert phone.sideways() <= 0
    page.screenshot(path="test-artefacts/broadcast-new-whole.png", full_page=True)
    page.tap("#plan > .primary")
    page.wait_for_url(re.compile(r"/broadcasts/\d+/$"))
    assert "已排期" in page.inner_text("#broadcast")

    broadcast = Broadcast.objects.get()
    Broadcast.objects.update(starts_at=broadcast.created_at)
    for batch in tend_broadcast(broadcast_id=broadcast.pk):
        claim_batch(broadcast_id=broadcast.pk, batch=batch)
    page.reload()
    assert "进行中" in page.inner_text("#broadcast")
    assert phone.sideways() <= 0
    page.screenshot(path="test-artefacts/broadcast-running.png", full_page=True)
    page.tap("button:has-text('暂停')")
    page.wait_for_selector(".state-paused")
    page.tap("nav.tabs a[href='/broadcasts/']")
    page.wait_for_selector(".row-state")
    phone.screenshot("broadcasts")
    assert "已暂停" in page.inner_text("main")
    assert phone.refused == []


def test_what_is_wrong_with_a_plan_is_told(phone: Phone, mei: Employee, buyers: None) -> None:
    phone.sign_in("mei")
    phone.open("/broadcasts/new/")
    phone.page.fill("[name=ends_at]", "2020-01-01T10:00")
    phone.page.tap("#plan > .primary")
    phone.page.wait_for_selector(".notice.danger")
    phone.screenshot("broadcast-refused")
    phone.page.fill("[name=name]", "冰箱")
    phone.page.tap("#plan > .primary")
    phone.page.wait_for_selector(".notice.danger:has-text('结束时间')")
    assert phone.page.input_value("[name=name]") == "冰箱"
    assert phone.refused == [("/broadcasts/new/", 422)] * 2
