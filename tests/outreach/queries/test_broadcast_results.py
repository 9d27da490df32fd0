"""What is told of a broadcast afterwards, and what is not."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from members.actions.record_consent import record_consent
from members.models import Category, Consent, Member
from outreach.actions.claim_batch import claim_batch
from outreach.actions.publish_audience import publish_audience
from outreach.actions.tend_broadcast import tend_broadcast
from outreach.models import Broadcast, Click, Delivery, Message, Recipient
from outreach.queries.broadcast_results import PARTS, broadcast_results, exact_parts
from salesapp.staff.models import Employee
from tests.builders import make_broadcast, make_category, make_product, make_purchase
from tests.conftest import Town
from tests.outreach.audience import make_buyers


@pytest.fixture
def fridge(town: Town) -> Category:
    return make_category()


@pytest.fixture
def broadcast(town: Town, mei: Employee, fridge: Category) -> Broadcast:
    """To 200, a quarter held out; those who are written to have their message."""
    make_buyers(town.willow, 200)
    publish_audience()
    broadcast = make_broadcast(mei, fridge, state=Broadcast.State.SCHEDULED, hold_out_percent=25)
    for batch in tend_broadcast(broadcast_id=broadcast.pk):
        claim_batch(broadcast_id=broadcast.pk, batch=batch)
    with connection.cursor() as cursor:
        for message in Message.objects.all():
            cursor.execute("select * from outreach_hand_over(%s, %s, 1)", [message.member_id, message.no])
            cursor.execute(
                "select outreach_settle(%s, %s, 2::smallint, 'x', null, null)", [message.member_id, message.no]
            )
    broadcast.refresh_from_db()
    return broadcast


def members_of(broadcast: Broadcast, *, held_out: bool) -> list[Member]:
    state = Recipient.State.HELD_OUT if held_out else Recipient.State.CLAIMED
    ids = broadcast.recipients.filter(state=state).order_by("member_id").values_list("member_id", flat=True)
    return list(Member.objects.filter(pk__in=ids).order_by("pk"))


def test_receipts_split_what_was_handed_over(broadcast: Broadcast) -> None:
    first, second, *_ = Message.objects.order_by("member_id")
    Delivery.objects.create(member_id=first.member_id, no=first.no, state=1, reported_at=timezone.now())
    Delivery.objects.create(member_id=second.member_id, no=second.no, state=2, reported_at=timezone.now())
    parts = exact_parts(broadcast)
    assert parts.pop("held_out") + parts.pop("handed_over") == 198
    assert parts == {"delivered": 1, "failed": 1}


def test_parts_are_told_also_where_nobody_is_in_them(broadcast: Broadcast) -> None:
    results = broadcast_results(broadcast)
    assert set(results["parts"]) == set(PARTS)
    assert all(number % 5 == 0 for number in results["parts"].values())
    assert sum(results["parts"].values()) == 200


def test_clicks_and_opt_outs_are_protected_counts(broadcast: Broadcast) -> None:
    reached = members_of(broadcast, held_out=False)
    for number, member in enumerate(reached[:7]):
        Click.objects.create(member_id=member.pk, no=1)
        if number < 4:
            record_consent(
                member_id=member.pk, channel=0, purpose=1, given=False, source=Consent.Source.UNSUBSCRIBE_LINK
            )
    # In the store is no answer to the message
    record_consent(member_id=reached[8].pk, channel=1, purpose=1, given=False, source=Consent.Source.STORE)
    results = broadcast_results(broadcast)
    assert results["clicked"] == 5
    assert results["unsubscribed"] is None


def test_who_bought_is_compared_with_the_hold_out(broadcast: Broadcast, fridge: Category) -> None:
    today = timezone.localdate()
    premium = make_category("premium-fridge", "高端冰箱", premium_of=fridge)
    model, other = make_product("HC-1", fridge), make_product("W-1", make_category("washer", "洗衣机"))
    for member in members_of(broadcast, held_out=False)[:40]:
        make_purchase(member, model, today)
    for member in members_of(broadcast, held_out=False)[40:60]:
        make_purchase(member, other, today)
    for member in members_of(broadcast, held_out=False)[60:80]:
        make_purchase(member, model, today - timedelta(days=1))
        make_purchase(member, model, today + timedelta(days=31))
    held_out = members_of(broadcast, held_out=True)
    for member in held_out[:5]:
        make_purchase(member, make_product("P-1", premium), today + timedelta(days=30))
    results = broadcast_results(broadcast)
    assert results["written_to"]["bought"] == 40
    assert results["held_out"]["bought"] == 5
    found = results["uplift"]
    assert found is not None
    assert found["low"] < found["points"] < found["high"]
    assert abs(found["points"] - 100 * (40 / (200 - len(held_out)) - 5 / len(held_out))) < 2


def test_below_five_on_either_side_nothing_is_compared(broadcast: Broadcast, fridge: Category) -> None:
    for member in members_of(broadcast, held_out=False)[:40] + members_of(broadcast, held_out=True)[:4]:
        make_purchase(member, make_product("HC-1", fridge), timezone.localdate())
    results = broadcast_results(broadcast)
    assert results["held_out"]["bought"] is None
    assert results["uplift"] is None
