import pytest
from django.db import connection

from members.models import Member
from outreach.actions.record_receipt import record_receipt
from outreach.actions.take_early_receipts import take_early_receipts
from outreach.channels.incoming import Receipt
from outreach.message_token import token
from outreach.models import ContactGuard, Delivery, EarlyReceipt, Message
from tests.builders import make_member
from tests.outreach.messages import put_message

State = Message.State


@pytest.fixture
def sun(db: None) -> Member:
    return make_member(phone="15400001234")


def told(member: Member, *, delivered: bool = True, no: int = 1) -> bool:
    return record_receipt(provider="aliyun", receipt=Receipt(delivered, "DELIVERED", token(member.pk, no), "biz-1"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (State.SENDING, State.ACCEPTED),
        (State.UNKNOWN, State.ACCEPTED),
        (State.ACCEPTED, State.ACCEPTED),
    ],
)
@pytest.mark.parametrize("delivered", [True, False])
def test_who_has_a_receipt_has_accepted_the_message(sun: Member, before: int, after: int, delivered: bool) -> None:
    put_message(sun.pk, state=before)
    assert told(sun, delivered=delivered)
    assert Message.objects.get().state == after
    assert Delivery.objects.get().state == (Delivery.State.DELIVERED if delivered else Delivery.State.FAILED)


@pytest.mark.parametrize("state", [State.CLAIMED, State.NOT_SENT, State.CANCELLED])
def test_a_receipt_of_what_never_left_changes_nothing(sun: Member, state: int) -> None:
    put_message(sun.pk, state=state)
    assert not told(sun)
    assert Message.objects.get().state == state
    assert not Delivery.objects.exists()


def test_a_failed_message_keeps_the_month(sun: Member) -> None:
    put_message(sun.pk, state=State.UNKNOWN)
    told(sun, delivered=False)
    guard = ContactGuard.objects.get()
    settled_at = Message.objects.get().settled_at
    assert settled_at is not None
    assert (guard.blocked_until - settled_at).total_seconds() == 744 * 3600


@pytest.mark.parametrize("name", ["", "x", "q0Ro8zUa1bEw2XkZ5vYt7g", "A" * 22, "名", "a" * 5000])
def test_a_name_of_nobody_changes_nothing(sun: Member, name: str) -> None:
    put_message(sun.pk)
    assert not record_receipt(provider="smtp", receipt=Receipt(True, "", name=name))
    assert not Delivery.objects.exists()
    assert not EarlyReceipt.objects.exists()


def test_a_number_that_was_never_granted_changes_nothing(sun: Member) -> None:
    put_message(sun.pk)
    assert not told(sun, no=2)
    assert not Delivery.objects.exists()


def by_reference(reference: str, *, delivered: bool = True, provider: str = "smpp") -> bool:
    return record_receipt(provider=provider, receipt=Receipt(delivered, "DELIVRD", reference=reference))


def test_a_message_is_found_by_its_providers_reference(sun: Member) -> None:
    put_message(sun.pk, state=State.ACCEPTED, provider="smpp", reference="m1")
    assert not by_reference("m1", provider="wechat")
    assert by_reference("m1")
    assert Delivery.objects.get().member_id == sun.pk


def test_a_receipt_that_was_quicker_than_its_reference_waits_for_it(sun: Member) -> None:
    put_message(sun.pk)
    assert not by_reference("m1", delivered=True)
    assert not by_reference("m1", delivered=False)
    assert take_early_receipts() == 0
    with connection.cursor() as cursor:
        cursor.execute("select outreach_settle(%s, 1, 2::smallint, 'smpp', 'm1', null)", [sun.pk])
    assert take_early_receipts() == 1
    assert Delivery.objects.get().state == Delivery.State.DELIVERED
    assert not EarlyReceipt.objects.exists()
    assert take_early_receipts() == 0


def test_an_early_receipt_of_no_message_is_gone_after_a_day(db: None) -> None:
    by_reference("m1")
    by_reference("m2")
    EarlyReceipt.objects.filter(reference="m1").update(arrived_at="2026-01-01T00:00Z")
    assert take_early_receipts() == 0
    assert [receipt.reference for receipt in EarlyReceipt.objects.all()] == ["m2"]


def test_a_receipt_without_any_name_changes_nothing(db: None) -> None:
    assert not by_reference("")
    assert not EarlyReceipt.objects.exists()
