"""Every past message is answered by the ledger of consents as the guard answered then."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from members.actions.merge_members import merge_members
from members.actions.record_consent import record_consent
from members.models import Member
from outreach.actions.claim_messages import claim_messages
from outreach.models import Channel, Refusal, TemplateVersion
from outreach.queries.replay import messages_of, replay_sends
from tests.builders import make_consent, make_member, make_version

EVER = datetime(2000, 1, 1, tzinfo=UTC)

pytestmark = pytest.mark.django_db
Send = Callable[[Member], Refusal | None]


@pytest.fixture
def version() -> TemplateVersion:
    return make_version()


@pytest.fixture
def send(version: TemplateVersion) -> Send:
    """Claim and hand over, each by the guard; why not, where it refuses."""

    def _send(member: Member) -> Refusal | None:
        (claim,) = claim_messages(members=[member.pk], channel=Channel.SMS, version_id=version.pk)
        if claim.no is None:
            return claim.refusal
        with connection.cursor() as cursor:
            cursor.execute("select refusal from outreach_hand_over(%s, %s, 1)", [member.pk, claim.no])
            (refusal,) = cursor.fetchone()
        return Refusal(refusal) if refusal else None

    return _send


def forge(member: Member, *, service: bool = False, handed_over: bool = True) -> None:
    """A message that never passed the guard."""
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into outreach_message"
            " (member_id, no, channel, state, service, version_id, claimed_at, send_by, handover_at)"
            " values (%s, 9, 1, %s, %s, 1, now(), now() + interval '1 day', %s)",
            [member.pk, 2 if handed_over else 5, service, timezone.now() if handed_over else None],
        )


def test_what_the_guard_let_through_the_ledger_allows(send: Send) -> None:
    agreed, refused, silent, objecting = (make_member() for _ in range(4))
    for member in (agreed, refused, objecting):
        make_consent(member)
    make_consent(refused, given=False)
    record_consent(member_id=objecting.pk, channel=0, purpose=2, given=False, source="office")
    assert [send(member) for member in (agreed, refused, silent, objecting)] == [
        None, Refusal.NO_CONSENT, Refusal.NO_CONSENT, Refusal.OBJECTS,
    ]  # fmt: skip
    make_consent(agreed, given=False)
    merge_members(loser=agreed.pk, winner=silent.pk, by=None, reason="same")
    replay = replay_sends(since=EVER)
    assert (replay.sends, replay.forbidden) == (1, [])
    assert [message.allowed for message in messages_of([agreed.pk, silent.pk])] == [True]


@pytest.mark.parametrize(
    "said", [[], [(1, 1, True), (1, 1, False)], [(1, 1, True), (0, 1, False)], [(1, 1, True), (0, 2, False)]]
)
def test_a_message_against_the_ledger_is_found(said: list[tuple[int, int, bool]]) -> None:
    member = make_member()
    for channel, purpose, given in said:
        record_consent(member_id=member.pk, channel=channel, purpose=purpose, given=given, source="form")
    forge(member)
    make_consent(member)  # too late
    record_consent(member_id=member.pk, channel=0, purpose=2, given=True, source="form")
    assert replay_sends(since=EVER).forbidden == [(member.pk, 9)]
    assert replay_sends(since=timezone.now() + timedelta(hours=1)).sends == 0
    assert [message.allowed for message in messages_of([member.pk])] == [False]


def test_service_messages_and_what_never_left_need_no_consent() -> None:
    one, other = make_member(), make_member()
    forge(one, service=True)
    forge(other, handed_over=False)
    assert replay_sends(since=EVER).sends == 0
    assert [message.allowed for message in messages_of([one.pk, other.pk])] == [None, None]


def test_the_command_counts_and_fails_on_a_disagreement(send: Send) -> None:
    member = make_member()
    make_consent(member)
    send(member)
    out = StringIO()
    call_command("replay_consents", stdout=out)
    assert out.getvalue() == "messages: 1, not allowed by the ledger of then: 0\n"
    forge(make_member())
    with pytest.raises(CommandError):
        call_command("replay_consents", "--since", "2026-01-01", stdout=out)
    assert "messages: 2, not allowed by the ledger of then: 1" in out.getvalue()
