from datetime import UTC, datetime, timedelta
from itertools import product
from random import Random

import pytest

from members.actions.merge_members import merge_members
from members.actions.record_consent import record_consent
from members.actions.undo_merge import undo_merge
from members.models import Consent, ConsentState, ConsentWording, Member
from members.queries.consent_history import consent_as_of, consent_history, identities
from tests.builders import make_member

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
# (channel, purpose, given): all that can be said
SAYINGS = [
    *product((1, 2), (1,), (True, False)), (0, 1, False), (0, 2, True), (0, 2, False),
]  # fmt: skip
ASKED = [(1, 1), (2, 1), (3, 1), (0, 2)]


def say(member: Member, channel: int, purpose: int, given: bool, said_at: datetime | None = None) -> None:
    record_consent(
        member_id=member.pk, channel=channel, purpose=purpose, given=given, source="form", said_at=said_at
    )  # fmt: skip


def state(member: Member) -> list[bool | None]:
    rows = {(row.channel, row.purpose): row.given for row in ConsentState.objects.filter(member_id=member.pk)}
    return [rows.get(asked) for asked in ASKED]


def as_of(member: Member, at: datetime) -> list[bool | None]:
    return [consent_as_of(member_id=member.pk, channel=channel, purpose=purpose, at=at) for channel, purpose in ASKED]


@pytest.mark.parametrize("seed", range(20))
def test_the_ledger_replays_to_what_was_stored_at_every_moment(seed: int) -> None:
    """Few moments and many sayings, so that the order of arrival, repeats and ties all occur."""
    random, member = Random(seed), make_member()
    assert as_of(member, MONDAY) == state(member) == [None] * 4
    stored = []
    for _ in range(15):
        said_at = random.choice([None, *(MONDAY + timedelta(days=day) for day in range(3))])
        say(member, *random.choice(SAYINGS), said_at)
        stored.append((Consent.objects.latest("recorded_at").recorded_at, state(member)))
    assert len({tuple(each) for _, each in stored}) >= 2
    for moment, each in stored:
        assert as_of(member, moment) == each
        assert as_of(member, moment + timedelta(microseconds=1)) == each


def test_a_merge_replays_as_well() -> None:
    loser, winner = make_member(), make_member()
    say(loser, 1, 1, True)
    say(loser, 2, 1, False)
    say(winner, 2, 1, True)
    merge_members(loser=loser.pk, winner=winner.pk, by=None, reason="same")
    for member in (loser, winner):
        assert as_of(member, Consent.objects.latest("recorded_at").recorded_at) == state(member)
    assert state(winner)[:2] == [True, False]


def test_the_history_is_whole_and_names_the_wording() -> None:
    loser, winner = make_member(), make_member()
    wording = ConsentWording.objects.create(version="sms-1", language="zh-hans", text="同意接收短信")
    record_consent(
        member_id=loser.pk, channel=1, purpose=1, given=True, source="form", wording_id=wording.pk, said_at=MONDAY
    )
    say(winner, 0, 1, False)
    merge_members(loser=loser.pk, winner=winner.pk, by=None, reason="same")
    say(make_member(), 1, 1, True)
    entries = consent_history(identities(winner.pk))
    assert {entry.member_id for entry in entries} == {loser.pk, winner.pk}
    assert [entry.recorded_at for entry in entries] == sorted((e.recorded_at for e in entries), reverse=True)
    assert entries[-1].wording is not None
    assert entries[-1].wording.text == "同意接收短信"


def test_identities_follow_chains_and_forget_what_was_undone() -> None:
    one, two, three = make_member(), make_member(), make_member()
    merge_members(loser=one.pk, winner=two.pk, by=None, reason="same")
    merge_members(loser=two.pk, winner=three.pk, by=None, reason="same")
    assert identities(three.pk) == [three.pk, two.pk, one.pk]
    undo_merge(loser=two.pk, by=None, reason="not the same")
    assert identities(three.pk) == [three.pk]
