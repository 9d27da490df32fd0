"""What is told of a broadcast afterwards, and what is not."""

from datetime import timedelta

import pytest
from django.utils import timezone

from geo.models import Community
from members.actions.record_consent import record_consent
from members.models import Category, Consent, Member
from outreach.actions.cancel_broadcast import cancel_broadcast
from outreach.actions.claim_batch import claim_batch
from outreach.actions.publish_audience import publish_audience
from outreach.actions.tend_broadcast import tend_broadcast
from outreach.models import Broadcast, Click, ContactGuard, Delivery, Message, Recipient
from outreach.queries.broadcast_results import PARTS, Results, broadcast_results, exact_parts
from outreach.queries.broadcasts import broadcasts_to_tend
from salesapp.staff.models import Employee
from tests.builders import make_broadcast, make_category, make_product, make_purchase
from tests.conftest import Town
from tests.outreach.audience import make_buyers
from tests.outreach.messages import hand_over


@pytest.fixture
def fridge(town: Town) -> Category:
    return make_category()


@pytest.fixture
def broadcast(town: Town, mei: Employee, fridge: Category) -> Broadcast:
    """To 200, a quarter held out; those who are written to have their message."""
    make_buyers(town.willow, 200)
    publish_audience()
    broadcast = make_broadcast(mei, fridge, state=Broadcast.State.SCHEDULED, hold_out_percent=25)
    claim(broadcast)
    hand_over(broadcast.pk)
    return broadcast


def claim(broadcast: Broadcast) -> None:
    for batch in tend_broadcast(broadcast_id=broadcast.pk):
        claim_batch(broadcast_id=broadcast.pk, batch=batch)
    broadcast.refresh_from_db()


def living_in(community: Community) -> list[int]:
    return list(Member.objects.filter(community=community).values_list("pk", flat=True))


def results_of(broadcast: Broadcast) -> Results:
    found = broadcast_results(broadcast)
    assert found is not None
    return found


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
    results = results_of(broadcast)
    assert set(results["parts"]) == set(PARTS)
    assert all(number % 5 == 0 for number in results["parts"].values())
    assert sum(results["parts"].values()) == 200


def test_clicks_and_opt_outs_are_told_in_fives(broadcast: Broadcast) -> None:
    reached = members_of(broadcast, held_out=False)
    for number, member in enumerate(reached[:7]):
        Click.objects.create(member_id=member.pk, no=1)
        if number < 4:
            record_consent(
                member_id=member.pk, channel=0, purpose=1, given=False, source=Consent.Source.UNSUBSCRIBE_LINK
            )
    # In the store is no answer to the message
    record_consent(member_id=reached[8].pk, channel=1, purpose=1, given=False, source=Consent.Source.STORE)
    results = results_of(broadcast)
    assert results["clicked"] in {5, 10}
    assert results["unsubscribed"] in {0, 5}


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
    results = results_of(broadcast)
    written_to, control = results["written_to"], results["held_out"]
    assert (written_to["bought"], control["bought"]) == (40, 5)
    assert abs(written_to["members"] - (200 - len(held_out))) < 5
    found = results["uplift"]
    assert found is not None
    assert found["low"] < found["points"] < found["high"]
    shares = written_to["bought"] / written_to["members"], control["bought"] / control["members"]
    assert found["points"] == round(100 * (shares[0] - shares[1]), 1)


def test_where_nobody_is_seen_to_have_bought_nothing_is_compared(broadcast: Broadcast, fridge: Category) -> None:
    for member in members_of(broadcast, held_out=False)[:40]:
        make_purchase(member, make_product("HC-1", fridge), timezone.localdate())
    results = results_of(broadcast)
    assert results["written_to"]["bought"] >= 35
    assert results["held_out"]["bought"] == 0
    assert results["uplift"] is None


# --- What planning and cancelling would count -----------------------------------------------------------


@pytest.fixture
def block(town: Town) -> list[Community]:
    """Six communities of ten to fifteen members who need a fridge, of whom one to six buy one today."""
    made = [
        Community.objects.create(
            name=f"小区{n}", region=town.north, district=town.north, city=town.city, region_path=town.north.path
        )
        for n in range(6)
    ]
    for number, community in enumerate(made):
        for member in make_buyers(community, 10 + number)[: 1 + number]:
            make_purchase(member, make_product("HC-1", make_category()), timezone.localdate())
    publish_audience()
    return made


def over(by: Employee, *communities: Community, **fields: object) -> Broadcast:
    return make_broadcast(
        by, make_category(), state=Broadcast.State.SCHEDULED, communities=[one.pk for one in communities], **fields
    )


def test_nothing_is_told_before_a_message_has_left(mei: Employee, block: list[Community]) -> None:
    broadcast = over(mei, *block)
    claim(broadcast)
    assert broadcast.results is None
    cancel_broadcast(by=mei, broadcast_id=broadcast.pk)
    tend_broadcast(broadcast_id=broadcast.pk)
    broadcast.refresh_from_db()
    assert broadcast.measured_at is not None
    assert broadcast.results is None
    assert broadcast.pk not in broadcasts_to_tend()


def test_one_message_counts_nobody_else(mei: Employee, block: list[Community]) -> None:
    broadcast = over(mei, *block)
    claim(broadcast)
    hand_over(broadcast.pk, to=living_in(block[0]))
    cancel_broadcast(by=mei, broadcast_id=broadcast.pk)
    tend_broadcast(broadcast_id=broadcast.pk)
    assert results_of(broadcast)["written_to"]["members"] == 10
    assert results_of(broadcast)["written_to"]["bought"] in {0, 5}


def test_a_community_counts_on_both_sides_or_on_neither(mei: Employee, town: Town, fridge: Category) -> None:
    make_buyers(town.willow, 100)
    other = Community.objects.create(
        name="小区", region=town.north, district=town.north, city=town.city, region_path=town.north.path
    )
    make_buyers(other, 100)
    publish_audience()
    broadcast = over(mei, town.willow, other, hold_out_percent=40)
    claim(broadcast)
    hand_over(broadcast.pk, to=living_in(town.willow))
    waiting = Message.objects.filter(broadcast_id=broadcast.pk, state=Message.State.CLAIMED).count()
    for left in range(-(-4 * waiting // 5)):
        results = results_of(broadcast)
        both = results["written_to"]["members"], results["held_out"]["members"]
        assert sum(both) == 100, f"of the other community {left} of {waiting} have their message"
        assert hand_over(broadcast.pk, most=1) == 1
    results = results_of(broadcast)
    assert results["written_to"]["members"] + results["held_out"]["members"] == 200
    held_out = broadcast.recipients.filter(state=Recipient.State.HELD_OUT).count()
    assert abs(results["held_out"]["members"] - held_out) < 10


def test_what_an_area_bought_is_the_sum_of_its_communities_so_no_difference_tells_more(
    mei: Employee, block: list[Community]
) -> None:
    def bought(*communities: Community) -> tuple[int, int]:
        broadcast = over(mei, *communities)
        claim(broadcast)
        hand_over(broadcast.pk)
        # The next one finds everybody's month over
        ContactGuard.objects.update(blocked_until=timezone.now() - timedelta(seconds=1))
        results = results_of(broadcast)
        return results["written_to"]["bought"], results["written_to"]["members"]

    alone = [bought(community) for community in block]
    assert all(first % 5 == 0 for first, _ in alone)
    for some in ([0, 1, 2], [0, 1, 2, 3], [3, 5], [0, 1, 2, 3, 4, 5]):
        assert bought(*(block[n] for n in some)) == tuple(map(sum, zip(*(alone[n] for n in some), strict=True)))
