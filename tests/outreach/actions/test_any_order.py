"""Providers tell late, twice and in any order: whatever order, one end."""

from itertools import permutations
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest_django.plugin import DjangoDbBlocker

from members.models import Consent, ConsentState
from outreach.actions.record_receipt import record_receipt
from outreach.actions.record_reply import record_reply
from outreach.channels.incoming import Receipt
from outreach.channels.incoming import Reply as Incoming
from outreach.message_token import token
from outreach.models import Channel, Delivery, Message, Reply
from tests.builders import make_consent, make_member
from tests.outreach.messages import put_message

EVENTS = ("answer", "delivered", "failed", "R")


def end_of(order: tuple[str, ...] | list[str], answer: int) -> dict[str, Any]:
    """A member's message goes out and these things happen to it; what is left. Rolled back."""
    with transaction.atomic():
        member = make_member(phone="15400001234")
        make_consent(member)
        put_message(member.pk)
        name, at = token(member.pk, 1), timezone.now()
        for event in order:
            match event:
                case "answer":
                    with connection.cursor() as cursor:
                        cursor.execute(
                            "select outreach_settle(%s, 1, %s::smallint, 'aliyun', 'biz', null)", [member.pk, answer]
                        )
                case "R":
                    record_reply(reply=Incoming(Channel.SMS, "15400001234", "R", at))
                case _:
                    record_receipt(provider="aliyun", receipt=Receipt(event == "delivered", "", name, "biz"))
        left = {
            "message": Message.objects.values_list("state", "provider", "provider_ref").get(),
            "delivery": Delivery.objects.values_list("state", flat=True).first(),
            "consent": ConsentState.objects.get(member_id=member.pk, channel=1, purpose=1).given,
            "entries": Consent.objects.filter(member_id=member.pk).count(),
            "replies": list(Reply.objects.values_list("channel", "is_opt_out", "no")),
        }
        transaction.set_rollback(True)
    return left


@pytest.mark.parametrize("answer", [Message.State.ACCEPTED, Message.State.UNKNOWN])
def test_every_order_of_an_answer_receipts_and_a_reply_has_one_end(db: None, answer: int) -> None:
    ends = [end_of(order, answer) for order in permutations(EVENTS)]
    assert len(ends) == 24
    assert ends[0] == {
        "message": (Message.State.ACCEPTED, "aliyun", "biz"),
        "delivery": Delivery.State.DELIVERED,
        "consent": False,
        "entries": 2,
        "replies": [(Channel.SMS, True, 1)],
    }
    assert all(end == ends[0] for end in ends)


@given(order=st.lists(st.sampled_from(EVENTS), max_size=4).flatmap(lambda more: st.permutations([*EVENTS, *more])))
@settings(max_examples=150, deadline=None)
def test_duplicates_change_nothing(django_db_setup: None, django_db_blocker: DjangoDbBlocker, order: list[str]) -> None:
    with django_db_blocker.unblock():
        assert end_of(order, Message.State.ACCEPTED) == end_of(EVENTS, Message.State.ACCEPTED)


@given(order=st.lists(st.sampled_from(["answer", "failed", "R"]), min_size=1, max_size=6))
@settings(max_examples=80, deadline=None)
def test_what_did_not_happen_leaves_no_trace(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, order: list[str]
) -> None:
    with django_db_blocker.unblock():
        left = end_of(order, Message.State.ACCEPTED)
    happened = set(order)
    assert left["consent"] is ("R" not in happened)
    assert left["delivery"] == (Delivery.State.FAILED if "failed" in happened else None)
    assert (left["message"][0] == Message.State.SENDING) is (not happened & {"answer", "failed"})
