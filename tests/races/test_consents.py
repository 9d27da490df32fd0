"""Consents said at the same moment, and while two members become one; real transactions."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from time import sleep

import pytest
from django.db import IntegrityError, connection, transaction

from members.actions.merge_members import merge_members
from members.actions.record_consent import record_consent
from members.actions.undo_merge import undo_merge
from members.errors import Reworded
from members.models import Consent, ConsentState, ConsentWording, Member
from members.queries.consent_history import consent_as_of
from outreach.actions.claim_messages import claim_messages
from outreach.actions.unsubscribe import unsubscribe
from outreach.message_token import token
from outreach.models import Channel
from outreach.queries.replay import messages_of
from tests.builders import make_consent, make_member, make_version

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 25
STEP = 0.004  # seconds


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What each gives, or the error it raised."""
    start = threading.Barrier(len(calls), timeout=30)

    def run(call: Callable[[], object]) -> object:
        try:
            connection.ensure_connection()
            start.wait()
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


def said(member: Member, channel: int, given: bool) -> Callable[[], object]:
    return partial(record_consent, member_id=member.pk, channel=channel, purpose=1, given=given, source="form")


def merged(loser: Member, winner: Member) -> Callable[[], object]:
    return partial(merge_members, loser=loser.pk, winner=winner.pk, by=None, reason="same")


def after(seconds: float, call: Callable[[], object]) -> object:
    sleep(seconds)
    return call()


def apart(lead: float, first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """Both, the first so many seconds before the second, or after it where they are negative. Whoever takes STEP from
    the lead after each round that the first has won, and adds it after the others, sees both orders on any machine,
    and the moment between."""
    return at_once(partial(after, max(0.0, -lead), first), partial(after, max(0.0, lead), second))


def handed_over(member: Member, no: int) -> object:
    with connection.cursor() as cursor:
        cursor.execute("select handed_over_at from outreach_hand_over(%s, %s, 1)", [member.pk, no])
        return cursor.fetchone()[0]


def given(member: Member) -> Sequence[bool]:
    states = ConsentState.objects.filter(member_id=member.pk, purpose=1).order_by("channel")
    return list(states.values_list("given", flat=True))


def test_many_sayings_at_once_come_to_what_the_ledger_says() -> None:
    """The first rows of a member included, and noes to every channel among yeses to one."""
    for _ in range(ROUNDS):
        member = make_member()
        calls = [said(member, channel, given) for channel, given in [(1, True), (2, True), (0, False), (1, False)] * 2]
        numbers = at_once(*calls)
        assert len(set(numbers)) == len(calls) == Consent.objects.filter(member_id=member.pk).count()
        last = Consent.objects.filter(member_id=member.pk).latest("recorded_at").recorded_at
        for state in ConsentState.objects.filter(member_id=member.pk):
            assert state.given is consent_as_of(member_id=member.pk, channel=state.channel, purpose=1, at=last)
        assert len(given(member)) == 4


def test_a_withdrawal_during_a_merge_is_the_winners() -> None:
    for _ in range(ROUNDS):
        loser, winner = make_member(), make_member()
        make_consent(loser)
        make_consent(winner)
        at_once(merged(loser, winner), said(loser, 0, False))
        assert given(winner) == [False] * 4


def test_a_withdrawal_while_a_merge_is_undone_is_of_somebody() -> None:
    for _ in range(ROUNDS):
        loser, winner = make_member(), make_member()
        make_consent(loser)
        make_consent(winner)
        merged(loser, winner)()
        at_once(partial(undo_merge, loser=loser.pk, by=None, reason="two"), said(loser, 0, False))
        assert given(loser) == [False] * 4


def test_a_link_while_a_merge_is_undone_withdraws_of_both() -> None:
    version = make_version()
    for _ in range(ROUNDS):
        loser, winner = make_member(), make_member()
        make_consent(loser)
        make_consent(winner)
        merged(loser, winner)()
        (claim,) = claim_messages(members=[winner.pk], channel=Channel.SMS, version_id=version.pk)
        name = token(winner.pk, claim.no or 0)
        at_once(
            partial(undo_merge, loser=loser.pk, by=None, reason="two"),
            partial(unsubscribe, name=name, every=True, address="192.0.2.1"),
        )
        assert given(loser) == given(winner) == [False] * 4


def test_what_left_in_the_same_moment_is_allowed_by_the_ledger() -> None:
    """The order of the ledger is that of the hand-overs, whichever came first."""
    version, left, lead = make_version(), 0, 0.0
    for _ in range(ROUNDS * 2):
        member = make_member()
        make_consent(member)
        (claim,) = claim_messages(members=[member.pk], channel=Channel.SMS, version_id=version.pk)
        assert claim.no is not None
        at, _ = apart(lead, partial(handed_over, member, claim.no), said(member, 1, False))
        (message,) = messages_of([member.pk])
        assert message.allowed is (None if at is None else True)
        left += at is not None
        lead += STEP if at is None else -STEP
    assert 0 < left < ROUNDS * 2, "only one order was ever seen"


def edited(wording: ConsentWording) -> None:
    """As in the admin, by somebody whose transaction takes its time."""
    try:
        with transaction.atomic():
            ConsentWording.objects.filter(pk=wording.pk).update(text="edited")
            sleep(0.01)
    except IntegrityError:  # in use: it stays
        return


def agreed(member: Member, wording: ConsentWording, *, compared: bool) -> None:
    try:
        record_consent(
            member_id=member.pk, channel=1, purpose=1, given=True, source="form", wording_id=wording.pk,
            fingerprint=wording.fingerprint if compared else None,
        )  # fmt: skip
    except Reworded:
        return


def texts_agreed_to(*, compared: bool) -> list[str | None]:
    """Of each round: the text that the ledger names to who read another one than the edited, None without an entry."""
    found: list[str | None] = []
    lead = 0.0
    for number in range(ROUNDS):
        member = make_member()
        wording = ConsentWording.objects.create(
            version=f"sms-{compared}-{number}", channel=1, language="en", text="read"
        )
        apart(lead, partial(edited, wording), partial(agreed, member, wording, compared=compared))
        entry = Consent.objects.filter(member_id=member.pk).select_related("wording").first()
        found.append(entry.wording.text if entry and entry.wording else None)
        lead += STEP if found[-1] == "read" else -STEP
        wording.refresh_from_db()
        assert (wording.used_at is None) is (entry is None)
    return found


def test_the_ledger_names_what_was_read_whoever_edits_it_in_that_moment() -> None:
    assert set(texts_agreed_to(compared=True)) == {"read", None}, "only one order was ever seen, or another text"
    # else nobody came between at all
    assert "edited" in texts_agreed_to(compared=False)
