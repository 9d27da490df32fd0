"""What happens while a batch is claimed; real transactions."""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from geo import publishing
from outreach.actions import claim_batch as claiming
from outreach.actions.claim_messages import Claim, claim_messages
from outreach.actions.forget_member import forget_member
from outreach.actions.plan_broadcast import plan_broadcast
from outreach.actions.publish_audience import publish_audience
from outreach.actions.tend_broadcast import tend_broadcast
from outreach.models import Broadcast, Channel, Message, Recipient
from outreach.queries.plan_check import Plan
from salesapp.staff.models import Employee
from tests.builders import make_category, make_version
from tests.conftest import Town
from tests.outreach.audience import make_buyers

pytestmark = pytest.mark.django_db(transaction=True)

WAITS_FOR_ME = (
    "select exists (select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"
)


def somebody_waits_for_me() -> bool:
    """Somebody does, or begins to within ten seconds."""
    deadline = time.monotonic() + 10
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(WAITS_FOR_ME)
            if cursor.fetchone()[0]:
                return True
            time.sleep(0.01)
    return False


@pytest.fixture
def running(town: Town, mei: Employee) -> Broadcast:
    """A broadcast to 30 members that has begun, of which nothing is claimed."""
    fridge, version = make_category(), make_version()
    make_buyers(town.willow, 30)
    publish_audience()
    now = timezone.now()
    plan = Plan("冰箱换新", fridge.pk, 3, Channel.SMS, version.pk, now, now + timedelta(days=3), hold_out_percent=0)
    broadcast = plan_broadcast(by=mei, plan=plan)
    assert tend_broadcast(broadcast_id=broadcast.pk) == [0]
    return broadcast


def test_an_erasure_and_a_claim_do_not_end_each_other(running: Broadcast, monkeypatch: pytest.MonkeyPatch) -> None:
    erased = running.recipients.values_list("member_id", flat=True)[5]
    with connection.cursor() as cursor:
        cursor.execute("insert into outreach_contactguard (member_id) select member_id from outreach_recipient")
    recipients_held, met = threading.Event(), threading.Event()

    def claimed_once_somebody_waits(**asked: object) -> list[Claim]:
        recipients_held.set()
        if somebody_waits_for_me():
            met.set()
        return claim_messages(**asked)  # type: ignore[arg-type]

    def erase() -> None:
        try:
            assert recipients_held.wait(10)
            with transaction.atomic():
                forget_member(erased)
        finally:
            connection.close()

    monkeypatch.setattr(claiming, "claim_messages", claimed_once_somebody_waits)
    with ThreadPoolExecutor(1) as pool:
        erasing = pool.submit(erase)
        claiming.claim_batch(broadcast_id=running.pk, batch=0)
        erasing.result()
    assert met.is_set()
    assert not Recipient.objects.filter(member_id=erased).exists()
    assert Message.objects.get(member_id=erased).state == Message.State.CANCELLED
    assert Message.objects.filter(state=Message.State.CLAIMED).count() == 29


def test_a_claim_in_the_middle_of_publishing_the_audience_finds_a_whole_one(
    running: Broadcast, monkeypatch: pytest.MonkeyPatch
) -> None:
    swapping, met = threading.Event(), threading.Event()
    lock_alone = publishing.lock_alone

    def locked_until_somebody_waits(cursor: CursorWrapper, tables: Sequence[str]) -> None:
        lock_alone(cursor, tables)
        swapping.set()
        if somebody_waits_for_me():
            met.set()

    def publish() -> None:
        try:
            publish_audience(recount=False)
        finally:
            connection.close()

    monkeypatch.setattr(publishing, "lock_alone", locked_until_somebody_waits)
    for _ in range(4):  # from then on it is a prepared statement, made for the old table
        claiming.claim_batch(broadcast_id=running.pk, batch=99)
    with ThreadPoolExecutor(1) as pool:
        publishing_it = pool.submit(publish)
        assert swapping.wait(30)
        claiming.claim_batch(broadcast_id=running.pk, batch=0)
        publishing_it.result()
    assert met.is_set()
    assert running.recipients.filter(state=Recipient.State.CLAIMED).count() == 30
