"""A broadcast from its plan to its end. What workers that die do is shown in tests/chaos/broadcast.py."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.models import F, QuerySet
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from members.actions.record_consent import record_consent
from members.models import Category, Consent, Member, Need
from outreach import jobs
from outreach.actions.approve_broadcast import approve_broadcast
from outreach.actions.cancel_broadcast import cancel_broadcast
from outreach.actions.claim_batch import claim_batch
from outreach.actions.gather_recipients import gather_recipients
from outreach.actions.grant_web_role import grant_web_role
from outreach.actions.pause_broadcast import pause_broadcast
from outreach.actions.plan_broadcast import plan_broadcast
from outreach.actions.publish_audience import publish_audience
from outreach.actions.resume_broadcast import resume_broadcast
from outreach.actions.switch_sending import switch_sending
from outreach.actions.tend_broadcast import tend_broadcast
from outreach.errors import BroadcastRefused, OwnBroadcast, WrongState
from outreach.models import Broadcast, Channel, ContactPolicy, Message, Recipient, Refusal, TemplateVersion
from outreach.opening_hours import ZONE
from outreach.queries.broadcast_results import exact_parts, shown_size
from outreach.queries.broadcasts import broadcasts_to_tend, visible_broadcasts
from outreach.queries.plan_check import Plan
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Role
from tests.builders import make_broadcast, make_category, make_version
from tests.conftest import Town
from tests.outreach.audience import make_buyers

State = Broadcast.State


@pytest.fixture
def fridge(town: Town) -> Category:
    return make_category()


@pytest.fixture
def version(town: Town) -> TemplateVersion:
    return make_version()


@pytest.fixture
def lin(town: Town, hire: Callable[..., Employee]) -> Employee:
    return hire("lin", role=Role.MANAGER, region=town.city)


def planned(version: TemplateVersion, fridge: Category, **differently: object) -> Plan:
    now = timezone.now()
    usual: dict[str, object] = {
        "name": "冰箱换新", "category_id": fridge.pk, "min_level": 3, "channel": Channel.SMS,
        "version_id": version.pk, "starts_at": now, "ends_at": now + timedelta(days=3), "hold_out_percent": 0,
    }  # fmt: skip
    return Plan(**(usual | differently))  # type: ignore[arg-type]


def plan(by: Employee, version: TemplateVersion, fridge: Category, **differently: object) -> Broadcast:
    return plan_broadcast(by=by, plan=planned(version, fridge, **differently))


def begin(broadcast: Broadcast) -> list[int]:
    return tend_broadcast(broadcast_id=broadcast.pk)


def run(broadcast: Broadcast) -> None:
    """Begin, and claim every batch."""
    for batch in begin(broadcast):
        claim_batch(broadcast_id=broadcast.pk, batch=batch)


def states(broadcast: Broadcast) -> dict[tuple[str, str | None], int]:
    rows = broadcast.recipients.values_list("state", "reason")
    return Counter((Recipient.State(state).name, reason) for state, reason in rows)


def jobs_of(broadcast: Broadcast, task: str) -> QuerySet[ProcrastinateJob]:
    return ProcrastinateJob.objects.filter(task_name=task, args__broadcast=broadcast.pk)


def send_all(broadcast: Broadcast, outcome: int = 2) -> None:
    """Hand all waiting messages of the broadcast over, with that outcome."""
    with connection.cursor() as cursor:
        for member_id, no in Message.objects.filter(broadcast_id=broadcast.pk, state=0).values_list("member_id", "no"):
            cursor.execute("select * from outreach_hand_over(%s, %s, 1)", [member_id, no])
            cursor.execute("select outreach_settle(%s, %s, %s::smallint, 'x', null, null)", [member_id, no, outcome])


def withdraw(member: Member) -> None:
    record_consent(member_id=member.pk, channel=1, purpose=1, given=False, source=Consent.Source.STORE)


def test_what_came_of_it_is_measured_when_it_ends_and_often_in_the_first_days(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    make_buyers(town.willow, 30)
    publish_audience()
    broadcast = plan(mei, version, fridge, hold_out_percent=0)
    run(broadcast)
    send_all(broadcast)
    begin(broadcast)
    broadcast.refresh_from_db()
    assert broadcast.state == State.DONE
    assert broadcast.results is not None
    assert broadcast.results["parts"]["handed_over"] > 0
    assert broadcast.results["parts"]["queued"] == 0
    assert broadcast.pk not in broadcasts_to_tend()
    Broadcast.objects.update(measured_at=timezone.now() - timedelta(minutes=6))
    assert broadcast.pk in broadcasts_to_tend()
    Broadcast.objects.update(launched_at=timezone.now() - timedelta(days=3))
    assert broadcast.pk not in broadcasts_to_tend()


# --- planning -------------------------------------------------------------------------------------------


def test_a_small_broadcast_is_scheduled_at_once(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    make_buyers(town.willow, 30)
    publish_audience()
    broadcast = plan(mei, version, fridge)
    assert broadcast.state == State.SCHEDULED
    assert broadcast.region == town.north
    assert broadcast.reachable in {25, 30, 35}
    assert broadcast.pk in broadcasts_to_tend()


def test_a_large_one_waits_for_a_second_person(
    town: Town, mei: Employee, lin: Employee, charlie: Employee, root: Employee, version: TemplateVersion,
    fridge: Category,
) -> None:  # fmt: skip
    ContactPolicy.objects.update(approval_above=10)
    make_buyers(town.willow, 30)
    publish_audience()
    broadcast = plan(mei, version, fridge)
    assert broadcast.state == State.AWAITING_APPROVAL
    assert begin(broadcast) == []
    assert not Recipient.objects.exists()
    with pytest.raises(OwnBroadcast):
        approve_broadcast(by=mei, broadcast_id=broadcast.pk)
    with pytest.raises(Broadcast.DoesNotExist):
        approve_broadcast(by=charlie, broadcast_id=broadcast.pk)
    approve_broadcast(by=lin, broadcast_id=broadcast.pk)
    with pytest.raises(WrongState):
        approve_broadcast(by=root, broadcast_id=broadcast.pk)
    broadcast.refresh_from_db()
    assert (broadcast.state, broadcast.approved_by) == (State.SCHEDULED, lin)


def block(members: Iterable[Member]) -> None:
    """Use the month of each up, for two days more."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into outreach_contactguard (member_id, blocked_until, fence, last_no)"
            " select unnest(%s::bigint[]), now() + interval '2 days', 1, 1",
            [[member.pk for member in members]],
        )


def test_who_may_be_free_when_it_begins_counts_for_the_second_person(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    ContactPolicy.objects.update(approval_above=30)
    make_buyers(town.willow, 10)
    block(make_buyers(town.willow, 60))
    publish_audience()
    broadcast = plan(mei, version, fridge, starts_at=timezone.now() + timedelta(days=2))
    assert broadcast.reachable in {5, 10, 15}
    assert broadcast.state == State.AWAITING_APPROVAL


@pytest.fixture
def grown(town: Town, mei: Employee, version: TemplateVersion, fridge: Category) -> Broadcast:
    """Planned for 10 members; now, when it begins, it is to 70, half of them held out, and above 50 two persons say."""
    ContactPolicy.objects.update(approval_above=50)
    make_buyers(town.willow, 10)
    publish_audience()
    broadcast = plan(mei, version, fridge, starts_at=timezone.now() + timedelta(days=1), hold_out_percent=50)
    assert broadcast.state == State.SCHEDULED
    make_buyers(town.willow, 60)
    publish_audience(recount=False)
    Broadcast.objects.update(starts_at=timezone.now())
    assert begin(broadcast) == []
    broadcast.refresh_from_db()
    return broadcast


def test_one_that_has_grown_by_its_beginning_waits_for_a_second_person(
    grown: Broadcast, mei: Employee, lin: Employee
) -> None:
    assert (grown.state, grown.approved_by, grown.launched_at) == (State.AWAITING_APPROVAL, None, None)
    assert claim_batch(broadcast_id=grown.pk, batch=0) is None
    assert begin(grown) == []
    assert not Message.objects.exists()
    with pytest.raises(OwnBroadcast):
        approve_broadcast(by=mei, broadcast_id=grown.pk)
    approve_broadcast(by=lin, broadcast_id=grown.pk)
    run(grown)
    grown.refresh_from_db()
    assert (grown.state, grown.approved_by) == (State.RUNNING, lin)
    assert grown.launched_at is not None
    found = states(grown)
    assert found["CLAIMED", None] == Message.objects.count() > 0
    assert found["CLAIMED", None] + found["HELD_OUT", None] == 70


def test_one_that_has_grown_and_that_nobody_approves_in_time_expires(grown: Broadcast, lin: Employee) -> None:
    held_out = states(grown)["HELD_OUT", None]
    assert grown.pk not in broadcasts_to_tend()
    Broadcast.objects.update(starts_at=F("starts_at") - timedelta(days=4), ends_at=F("ends_at") - timedelta(days=4))
    with pytest.raises(WrongState):
        approve_broadcast(by=lin, broadcast_id=grown.pk)
    assert broadcasts_to_tend() == [grown.pk]
    begin(grown)
    grown.refresh_from_db()
    assert grown.state == State.EXPIRED
    assert states(grown) == {("REFUSED", "expired"): 70 - held_out, ("HELD_OUT", None): held_out}
    assert broadcasts_to_tend() == []


def test_one_that_has_grown_can_be_cancelled(grown: Broadcast, mei: Employee) -> None:
    held_out = states(grown)["HELD_OUT", None]
    cancel_broadcast(by=mei, broadcast_id=grown.pk)
    begin(grown)
    assert states(grown) == {("CANCELLED", None): 70 - held_out, ("HELD_OUT", None): held_out}
    assert broadcasts_to_tend() == []


def test_what_was_approved_is_not_asked_again(
    town: Town, mei: Employee, lin: Employee, version: TemplateVersion, fridge: Category
) -> None:
    ContactPolicy.objects.update(approval_above=10)
    make_buyers(town.willow, 30)
    publish_audience()
    broadcast = plan(mei, version, fridge)
    approve_broadcast(by=lin, broadcast_id=broadcast.pk)
    run(broadcast)
    assert states(broadcast) == {("CLAIMED", None): 30}


def test_the_size_at_the_beginning_is_a_shown_one_that_no_message_moves(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    """docs/adr/0012"""
    sizes = set()
    members = make_buyers(town.willow, 23)
    make_buyers(town.willow, 3, agreed=[])
    publish_audience()
    broadcast = plan(mei, version, fridge, hold_out_percent=20)
    for member in members[:12]:
        gather_recipients(broadcast=broadcast)
        sizes.add(shown_size(broadcast))
        block([member])
    assert len(sizes) == 1
    assert sizes < {20, 25}


def test_what_cannot_be_planned_is_told_by_field_and_stores_nothing(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    make_buyers(town.willow, 40)
    publish_audience()
    now = timezone.now()
    service = make_version(service=True)
    washer = make_category("washer", "洗衣机")
    unapproved = TemplateVersion.objects.create(template=version.template, number=2, body=version.body)
    wrong: list[tuple[str, dict[str, object]]] = [
        ("area", {"region_id": town.south.pk}),
        ("area", {"region_id": 10**9}),
        ("area", {"community_ids": [town.poplar.pk]}),
        ("area", {"community_ids": [town.willow.pk, 10**9]}),
        ("area", {"category_id": washer.pk}),
        ("area", {"min_level": 4}),
        ("version", {"version_id": 10**9}),
        ("version", {"version_id": service.pk}),
        ("version", {"version_id": unapproved.pk}),
        ("version", {"version_id": make_version(channel=Channel.EMAIL).pk}),
        ("version", {"version_id": make_version(category=washer).pk}),
        ("version", {"version_id": make_version("您好，我是{salesperson} {unsubscribe} 拒收请回复R").pk}),
        ("starts_at", {"starts_at": now - timedelta(days=1)}),
        ("ends_at", {"ends_at": now - timedelta(hours=1)}),
        ("ends_at", {"starts_at": now + timedelta(days=2), "ends_at": now + timedelta(days=1)}),
        ("ends_at", {"ends_at": now + timedelta(days=15)}),
    ]
    for field, differently in wrong:
        with pytest.raises(BroadcastRefused) as refusal:
            plan(mei, version, fridge, **differently)
        assert refusal.value.finding.field == field, differently
    assert not Broadcast.objects.exists()


def test_a_window_in_the_night_alone_is_refused(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_buyers(town.willow, 40)
    publish_audience()
    evening = (
        (timezone.now() + timedelta(days=1)).astimezone(UTC).replace(hour=13, minute=0, second=0, microsecond=0)
    )  # 21:00 in Shanghai
    with pytest.raises(BroadcastRefused) as refusal:
        plan(mei, version, fridge, starts_at=evening, ends_at=evening + timedelta(hours=11))
    assert refusal.value.finding.code == "quiet_hours"
    assert plan(mei, version, fridge, starts_at=evening, ends_at=evening + timedelta(hours=12)).pk
    # A form that was filled in at 19:58 and arrives at 20:05
    monkeypatch.setattr(timezone, "now", lambda: evening - timedelta(minutes=55))
    with pytest.raises(BroadcastRefused) as refusal:
        plan(mei, version, fridge, starts_at=evening - timedelta(minutes=62), ends_at=evening)
    assert refusal.value.finding.code == "quiet_hours"


def test_broadcasts_are_seen_by_their_region_and_above(
    town: Town, mei: Employee, lin: Employee, charlie: Employee, version: TemplateVersion, fridge: Category
) -> None:
    make_buyers(town.willow, 30)
    make_buyers(town.poplar, 30)
    publish_audience()
    hers = plan(mei, version, fridge)
    citys = plan(lin, version, fridge)
    assert set(visible_broadcasts(mei)) == {hers}
    assert set(visible_broadcasts(lin)) == {hers, citys}
    assert not visible_broadcasts(charlie).exists()
    with pytest.raises(Broadcast.DoesNotExist):
        pause_broadcast(by=charlie, broadcast_id=hers.pk)


def test_the_webs_database_role_can_count_plan_and_move(
    town: Town, mei: Employee, lin: Employee, version: TemplateVersion, fridge: Category
) -> None:
    ContactPolicy.objects.update(approval_above=10)
    make_buyers(town.willow, 30)
    publish_audience()
    grant_web_role(role="salesapp_web_of_tests")
    with connection.cursor() as cursor:
        cursor.execute("set local role salesapp_web_of_tests")
    broadcast = plan(mei, version, fridge)
    approve_broadcast(by=lin, broadcast_id=broadcast.pk)
    assert cancel_broadcast(by=mei, broadcast_id=broadcast.pk).state == State.CANCELLED


# --- running --------------------------------------------------------------------------------------------


def test_every_member_of_the_audience_ends_in_exactly_one_state(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    make_buyers(town.willow, 20)
    make_buyers(town.willow, 3, refuses_profiling=True)
    make_buyers(town.willow, 4, channels=[])
    make_buyers(town.willow, 5, agreed=[])
    make_buyers(town.poplar, 6)
    publish_audience()
    broadcast = plan(mei, version, fridge)
    begin(broadcast)
    (last,) = Recipient.objects.filter(state=0).order_by("-member_id")[:1]
    withdraw(Member.objects.get(pk=last.member_id))  # after it began
    run(broadcast)
    assert states(broadcast) == {
        ("CLAIMED", None): 19, ("REFUSED", "objects"): 3, ("REFUSED", "no_address"): 4, ("REFUSED", "no_consent"): 6,
    }  # fmt: skip
    assert Message.objects.filter(broadcast_id=broadcast.pk).count() == 19
    send_all(broadcast)
    begin(broadcast)
    broadcast.refresh_from_db()
    assert broadcast.state == State.DONE
    assert exact_parts(broadcast) == {"handed_over": 19, "objects": 3, "no_address": 4, "no_consent": 6}


def test_recipients_are_looked_at_again_when_it_begins(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    gone, *_ = make_buyers(town.willow, 10)
    late = make_buyers(town.willow, 1, agreed=[])[0]
    publish_audience()
    broadcast = plan(mei, version, fridge, starts_at=timezone.now() + timedelta(hours=1))
    begin(broadcast)
    assert states(broadcast) == {("QUEUED", None): 10, ("REFUSED", "no_consent"): 1}
    withdraw(gone)
    record_consent(member_id=late.pk, channel=1, purpose=1, given=True, source=Consent.Source.STORE)
    Broadcast.objects.update(starts_at=timezone.now())
    begin(broadcast)
    assert states(broadcast) == {("QUEUED", None): 10, ("REFUSED", "no_consent"): 1}
    assert Recipient.objects.get(member_id=late.pk).batch is not None
    assert Recipient.objects.get(member_id=gone.pk).batch is None


def test_who_has_no_need_any_more_when_it_begins_is_left_out(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    served, *_ = make_buyers(town.willow, 10)
    publish_audience()
    broadcast = plan(mei, version, fridge, starts_at=timezone.now() + timedelta(hours=1))
    begin(broadcast)
    Need.objects.filter(member_id=served.pk).delete()
    publish_audience()
    Broadcast.objects.update(starts_at=timezone.now())
    run(broadcast)
    assert states(broadcast) == {("CLAIMED", None): 9}
    assert not Message.objects.filter(member_id=served.pk).exists()


def test_who_has_no_need_any_more_while_it_runs_is_left_out(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    served, weaker, bystander, *_ = make_buyers(town.willow, 12, level=4)
    publish_audience()
    broadcast = plan(mei, version, fridge, min_level=4)
    begin(broadcast)
    Need.objects.filter(member_id=served.pk).delete()
    Need.objects.filter(member_id=weaker.pk).update(level=3)
    Need.objects.create(member_id=bystander.pk, category=make_category("washer"), level=3, score=60, reasons=[])
    publish_audience(recount=False)
    run(broadcast)
    assert states(broadcast) == {("CLAIMED", None): 10, ("REFUSED", "no_need"): 2}
    assert not Message.objects.filter(member_id__in=[served.pk, weaker.pk]).exists()
    send_all(broadcast)
    begin(broadcast)
    broadcast.refresh_from_db()
    assert broadcast.state == State.DONE
    assert exact_parts(broadcast) == {"handed_over": 10, "no_need": 2}
    assert broadcast.results is not None
    # each by fives, and of one community
    assert sum(broadcast.results["parts"].values()) in {10, 15}
    assert set(broadcast.results["parts"]) >= {"no_need"}


def test_one_that_ends_within_minutes_shows_how(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    make_buyers(town.willow, 100)
    publish_audience()
    broadcast = plan(mei, version, fridge)
    run(broadcast)
    send_all(broadcast)
    begin(broadcast)
    broadcast.refresh_from_db()
    assert broadcast.state == Broadcast.State.DONE
    assert broadcast.results is not None
    assert broadcast.results["parts"]["queued"] == 0 < broadcast.results["parts"]["handed_over"]


def test_a_batch_may_be_claimed_again_and_again(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    make_buyers(town.willow, 10)
    publish_audience()
    broadcast = plan(mei, version, fridge)
    for _ in range(3):
        run(broadcast)
        claim_batch(broadcast_id=broadcast.pk, batch=0)
    assert Message.objects.count() == 10
    assert ProcrastinateJob.objects.filter(task_name="send_messages").count() == 1


def test_the_hold_out_gets_nothing_and_stays_the_same(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    make_buyers(town.willow, 400)
    publish_audience()
    broadcast = plan(mei, version, fridge, hold_out_percent=25)
    begin(broadcast)
    held = set(Recipient.objects.filter(state=Recipient.State.HELD_OUT).values_list("member_id", flat=True))
    assert 60 <= len(held) <= 140
    run(broadcast)
    assert not Message.objects.filter(member_id__in=held).exists()
    assert states(broadcast)["HELD_OUT", None] == len(held)
    other = plan(mei, version, fridge, hold_out_percent=25)
    begin(other)
    assert set(other.recipients.filter(state=3).values_list("member_id", flat=True)) != held


def test_at_night_and_while_sending_is_off_recipients_wait(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    make_buyers(town.willow, 10)
    publish_audience()
    broadcast = plan(mei, version, fridge)
    begin(broadcast)
    switch_sending(on=False, by="test")
    again = claim_batch(broadcast_id=broadcast.pk, batch=0)
    assert again is not None
    assert again >= timezone.now()
    assert states(broadcast) == {("QUEUED", None): 10}
    switch_sending(on=True, by="test")
    run(broadcast)
    assert claim_batch(broadcast_id=broadcast.pk, batch=0) is None
    assert states(broadcast) == {("CLAIMED", None): 10}


@pytest.mark.parametrize(
    ("clock", "again"),
    [
        ("2026-11-22 21:00", "2026-11-23 08:00"),
        ("2026-11-22 03:00", "2026-11-22 08:00"),
        # Five minutes on, as for a switch that is off, it would be night
        ("2026-11-22 19:57", "2026-11-23 08:00"),
        ("2026-11-22 07:57", "2026-11-22 08:02"),
    ],
)
def test_a_batch_that_the_night_holds_is_tried_again_when_sending_opens(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category, night: None,
    monkeypatch: pytest.MonkeyPatch, clock: str, again: str,
) -> None:  # fmt: skip
    make_buyers(town.willow, 10)
    publish_audience()
    broadcast = plan(mei, version, fridge)
    begin(broadcast)
    moment = datetime.fromisoformat(clock).replace(tzinfo=ZONE)
    monkeypatch.setattr("outreach.actions.claim_batch.database_now", lambda: moment)
    assert claim_batch(broadcast_id=broadcast.pk, batch=0) == datetime.fromisoformat(again).replace(tzinfo=ZONE)
    assert states(broadcast) == {("QUEUED", None): 10}


def test_a_pause_stops_claims_and_hand_overs_and_resuming_goes_on(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    make_buyers(town.willow, 10)
    publish_audience()
    broadcast = plan(mei, version, fridge)
    begin(broadcast)
    pause_broadcast(by=mei, broadcast_id=broadcast.pk)
    assert claim_batch(broadcast_id=broadcast.pk, batch=0) is None
    assert states(broadcast) == {("QUEUED", None): 10}
    resume_broadcast(by=mei, broadcast_id=broadcast.pk)
    run(broadcast)
    pause_broadcast(by=mei, broadcast_id=broadcast.pk)
    message = Message.objects.first()
    assert message is not None
    with connection.cursor() as cursor:
        cursor.execute("select * from outreach_hand_over(%s, %s, 1)", [message.member_id, message.no])
        assert cursor.fetchone() == (None, Refusal.STOPPED)
    with pytest.raises(WrongState):
        pause_broadcast(by=mei, broadcast_id=broadcast.pk)


def test_cancelling_takes_back_what_waits(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    make_buyers(town.willow, 700)
    publish_audience()
    broadcast = plan(mei, version, fridge)
    begin(broadcast)
    claim_batch(broadcast_id=broadcast.pk, batch=0)
    cancel_broadcast(by=mei, broadcast_id=broadcast.pk)
    assert broadcasts_to_tend() == [broadcast.pk]
    begin(broadcast)
    assert states(broadcast) == {("CLAIMED", None): 500, ("CANCELLED", None): 200}
    assert Message.objects.filter(state=Message.State.CANCELLED, reason="stopped").count() == 500
    assert exact_parts(broadcast) == {"stopped": 700}
    assert broadcasts_to_tend() == []
    with pytest.raises(WrongState):
        cancel_broadcast(by=mei, broadcast_id=broadcast.pk)


def test_what_has_not_left_by_the_end_expires(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    make_buyers(town.willow, 10)
    publish_audience()
    broadcast = plan(mei, version, fridge)
    begin(broadcast)
    Broadcast.objects.update(starts_at=F("starts_at") - timedelta(days=4), ends_at=F("ends_at") - timedelta(days=4))
    begin(broadcast)
    broadcast.refresh_from_db()
    assert broadcast.state == State.DONE
    assert states(broadcast) == {("REFUSED", "expired"): 10}


def test_a_worker_whose_clock_is_wrong_begins_and_ends_nothing(
    town: Town, mei: Employee, lin: Employee, version: TemplateVersion, fridge: Category,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    make_buyers(town.willow, 10)
    publish_audience()
    now = timezone.now()
    tomorrow, today = plan(mei, version, fridge, starts_at=now + timedelta(days=1)), plan(mei, version, fridge)
    unapproved = make_broadcast(mei, fridge, version=version)
    begin(today)
    pause_broadcast(by=mei, broadcast_id=today.pk)
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=4))
    assert unapproved.pk not in broadcasts_to_tend()
    for broadcast in (tomorrow, today, unapproved):
        begin(broadcast)
        broadcast.refresh_from_db()
    assert [tomorrow.state, today.state, unapproved.state] == [State.SCHEDULED, State.PAUSED, State.AWAITING_APPROVAL]
    assert states(today) == {("QUEUED", None): 10}
    assert approve_broadcast(by=lin, broadcast_id=unapproved.pk).state == State.SCHEDULED
    # Nor does one that is behind hold them up
    monkeypatch.setattr(timezone, "now", lambda: now - timedelta(days=4))
    Broadcast.objects.filter(pk=tomorrow.pk).update(starts_at=now - timedelta(minutes=1))
    begin(tomorrow)
    Broadcast.objects.filter(pk=today.pk).update(starts_at=now - timedelta(days=2), ends_at=now - timedelta(minutes=1))
    begin(today)
    tomorrow.refresh_from_db()
    today.refresh_from_db()
    assert [tomorrow.state, today.state] == [State.RUNNING, State.DONE]


def test_of_two_broadcasts_the_higher_priority_gets_the_member(
    town: Town, mei: Employee, lin: Employee, version: TemplateVersion, fridge: Category
) -> None:
    make_buyers(town.willow, 10)
    make_buyers(town.poplar, 10)
    publish_audience()
    low = plan(lin, version, fridge, priority=3)
    high = plan(mei, version, fridge, priority=7, starts_at=timezone.now() + timedelta(days=1))
    begin(high)
    run(low)
    assert states(low) == {("CLAIMED", None): 10, ("REFUSED", "outranked"): 10}
    Broadcast.objects.filter(pk=high.pk).update(starts_at=timezone.now())
    run(high)
    assert states(high) == {("CLAIMED", None): 10}


@pytest.mark.parametrize("differently", [{"cancelled": True}, {"later": True}, {"other_channel": True}])
def test_a_broadcast_that_cannot_have_the_member_outranks_nobody(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category, differently: dict[str, bool]
) -> None:
    make_buyers(town.willow, 10)
    make_buyers(town.willow, 10, channels=[Channel.EMAIL], agreed=[Channel.EMAIL])
    publish_audience()
    now = timezone.now()
    low = plan(mei, version, fridge, priority=3, ends_at=now + timedelta(days=2))
    fields: dict[str, object] = {"priority": 7}
    if "later" in differently:
        fields |= {"starts_at": now + timedelta(days=3), "ends_at": now + timedelta(days=5)}
    if "other_channel" in differently:
        fields |= {"channel": Channel.EMAIL}
        high = plan(mei, make_version(channel=Channel.EMAIL), fridge, **fields)
    else:
        high = plan(mei, version, fridge, **fields)
    begin(high)
    if "cancelled" in differently:
        cancel_broadcast(by=mei, broadcast_id=high.pk)
    run(low)
    assert states(low)["CLAIMED", None] == 10


@pytest.mark.django_db(transaction=True)
def test_jobs_that_are_lost_are_made_again(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    ContactPolicy.objects.update(approval_above=10_000)
    make_buyers(town.willow, 1200)
    publish_audience()
    broadcast = plan(mei, version, fridge)
    jobs.tend_all(timestamp=0)
    jobs.tend_all(timestamp=60)
    assert jobs_of(broadcast, "tend_broadcast").count() == 1
    jobs.tend(broadcast=broadcast.pk)
    assert jobs_of(broadcast, "claim_batch").count() == 3
    with connection.cursor() as cursor:
        cursor.execute(
            "delete from procrastinate_jobs where args = %s", [f'{{"batch": 1, "broadcast": {broadcast.pk}}}']
        )
    jobs.tend(broadcast=broadcast.pk)
    jobs.tend(broadcast=broadcast.pk)
    assert jobs_of(broadcast, "claim_batch").count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_job_of_a_batch_that_has_to_wait_makes_the_next_one(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    make_buyers(town.willow, 10)
    publish_audience()
    broadcast = plan(mei, version, fridge)
    begin(broadcast)
    switch_sending(on=False, by="test")
    jobs.claim(broadcast=broadcast.pk, batch=0)
    jobs.claim(broadcast=broadcast.pk, batch=0)
    (job,) = jobs_of(broadcast, "claim_batch")
    assert job.scheduled_at is not None
    assert begin(broadcast) == []  # somebody will be at it
    assert states(broadcast) == {("QUEUED", None): 10}


def test_who_withdraws_after_the_claim_is_counted_with_the_reason(
    town: Town, mei: Employee, version: TemplateVersion, fridge: Category
) -> None:
    members = make_buyers(town.willow, 10)
    publish_audience()
    broadcast = plan(mei, version, fridge)
    run(broadcast)
    withdraw(members[0])
    send_all(broadcast)
    assert exact_parts(broadcast) == {"handed_over": 9, "no_consent": 1}
