"""摇钱树 on a phone: one's own, the team's, and the lists behind them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from members.actions.record_consent import record_consent
from members.models import Consent, Need
from outreach.actions.claim_batch import claim_batch
from outreach.actions.publish_audience import publish_audience
from outreach.actions.publish_team_weeks import publish_team_weeks
from outreach.actions.tend_broadcast import tend_broadcast
from outreach.models import Broadcast, Delivery
from salesapp.staff.models import AccessEntry, Employee
from salesapp.staff.permissions import Role
from tests.builders import make_broadcast, make_category, make_member, make_product, make_version
from tests.conftest import Town
from tests.outreach.audience import make_buyers
from tests.outreach.messages import hand_over
from tests.outreach.outcomes import put_messages, put_purchases, put_replies
from tests.pages.conftest import OpenPhone
from tests.pages.test_broadcasts import LOOKS, see

pytestmark = pytest.mark.browser


@pytest.fixture
def year(town: Town, alice: Employee, bob: Employee, mei: Employee, hire: Callable[..., Employee]) -> None:
    """A year of messages that were read, answered, refused and followed by purchases; leads of the last days."""
    fridge, now = make_category(), timezone.now()
    version = make_version(category=fridge)
    product = make_product("HC-BC320A", fridge)
    lin = hire("王小琳", role=Role.SALESPERSON, region=town.north, store=town.north_store)
    for seller, often in ((alice, 6), (bob, 3), (lin, 9)):
        for back in range(40):
            members = [make_member(town.willow).pk for _ in range(1 + (often * (back + 3)) % 7)]
            put_messages(seller, members, version, at=now - timedelta(weeks=back, minutes=90))
            put_replies(members[:1])
            if len(members) > 3:
                put_purchases(members[1:3], product, now - timedelta(weeks=back))
            Delivery.objects.create(member_id=members[0], no=1, state=1, reported_at=now)
    record_consent(member_id=members[0], channel=1, purpose=1, given=False, source=Consent.Source.REPLY)
    for surname, level in (("孙", 4), ("赵", 3), ("欧阳", 3), ("李", 4)):
        member = make_member(town.willow, surname=surname)
        Need.objects.create(member_id=member.pk, category=fridge, level=level, score=70, reasons=[])
        AccessEntry.objects.create(
            employee=alice, store=alice.store, reason="counter", address_hash=b"h" * 16, member_id=member.pk
        )
    publish_team_weeks()
    make_buyers(town.willow, 120)
    publish_audience()
    broadcast = make_broadcast(mei, fridge, state="scheduled", hold_out_percent=10, version=version)
    for batch in tend_broadcast(broadcast_id=broadcast.pk):
        claim_batch(broadcast_id=broadcast.pk, batch=batch)
    hand_over(broadcast.pk)
    Broadcast.objects.update(measured_at=None)
    tend_broadcast(broadcast_id=broadcast.pk)


@pytest.mark.parametrize(("width", "locale", "scheme"), LOOKS)
def test_every_screen_of_the_results_fits_the_phone(
    open_phone: OpenPhone, year: None, width: int, locale: str, scheme: str
) -> None:
    look = f"{width}-{locale[:2]}-{scheme}"
    height = 568 if width == 320 else 932
    for who, pages in (
        ("alice", ["", "?by=month", "leads/", "messages/", "replies/", "sales/"]),
        ("mei", ["", "?by=month", "?of=own", "people/", "broadcasts/"]),
    ):
        phone = open_phone(viewport={"width": width, "height": height}, locale=locale, color_scheme=scheme)
        phone.sign_in(who)
        phone.page.tap("nav.tabs a[href='/results/']")
        phone.page.wait_for_url("**/results/")
        for address in pages:
            phone.open(f"/results/{address}")
            phone.page.wait_for_selector("main .card")
            name = address.strip("/?").replace("=", "-") or "first"
            see(phone, f"results-{who}-{name}-{look}")
        assert phone.refused == []


def test_a_reader_who_sees_no_plot_has_its_numbers(open_phone: OpenPhone, year: None) -> None:
    phone = open_phone(locale="en-US")
    page = phone.page
    phone.sign_in("alice")
    phone.open("/results/")
    plots = page.locator("svg[role=img]")
    assert plots.count() == 2
    page.tap(".results summary")
    rows = page.locator(".results table tbody tr")
    assert rows.count() == 12
    newest = rows.nth(0).locator("td").nth(0).inner_text()
    described = page.locator("#plot-1-desc").evaluate("node => node.textContent")
    assert described.endswith(f": {newest}")
    page.tap("nav[aria-label=Period] a >> nth=1")
    page.wait_for_selector("nav[aria-label=Period] a:nth-child(2)[aria-current]")
    page.tap(".rows-card .more >> nth=0")
    page.wait_for_selector(".plain-rows li")
    assert page.locator(".plain-rows li").count() == 4
    assert "4 in all" in page.inner_text("main")
    assert page.locator(".plain-rows a").count() == 0
