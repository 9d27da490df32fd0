from datetime import UTC, datetime, timedelta

import pytest
from psycopg import errors

from tests.chaos.gate import Gate, State, broadcast

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
MONTH = timedelta(hours=744)
WHOLE_HOLD = timedelta(hours=24, minutes=15) + MONTH


def hold(gate: Gate, member: int = 1) -> datetime:
    moment = gate.one("select blocked_until from outreach_contactguard where member_id = %s", member)
    assert isinstance(moment, datetime)
    return moment


@pytest.fixture
def sending(gate: Gate) -> Gate:
    """Member 1 has a message that was handed over a minute ago."""
    gate.claim_one(1)
    gate.hand_over(1, 1)
    gate.at(NOW + timedelta(minutes=1))
    return gate


def test_an_accepted_message_holds_a_month_from_the_answer(sending: Gate) -> None:
    assert sending.settle(1, 1, State.ACCEPTED)
    assert hold(sending) == NOW + timedelta(minutes=1) + MONTH


def test_an_unknown_one_keeps_the_whole_hold(sending: Gate) -> None:
    assert sending.settle(1, 1, State.UNKNOWN)
    assert hold(sending) == NOW + WHOLE_HOLD


def test_a_certain_refusal_gives_the_month_back(sending: Gate) -> None:
    assert sending.settle(1, 1, State.NOT_SENT)
    assert sending.claim_one(1) == 2


def test_a_late_answer_counts_for_what_was_unknown(sending: Gate) -> None:
    sending.settle(1, 1, State.UNKNOWN)
    sending.at(NOW + timedelta(days=1))

    assert sending.settle(1, 1, State.ACCEPTED)
    assert hold(sending) == NOW + timedelta(days=1) + MONTH


def test_a_late_yes_never_lengthens_the_hold(sending: Gate) -> None:
    sending.settle(1, 1, State.UNKNOWN)
    sending.at(NOW + timedelta(days=20))

    sending.settle(1, 1, State.ACCEPTED)

    assert hold(sending) == NOW + WHOLE_HOLD


@pytest.mark.parametrize("first", [State.ACCEPTED, State.NOT_SENT])
@pytest.mark.parametrize("second", [State.ACCEPTED, State.UNKNOWN, State.NOT_SENT])
def test_what_is_settled_stays(sending: Gate, first: int, second: int) -> None:
    sending.settle(1, 1, first)
    before = sending.message(1, 1), hold(sending)
    sending.at(NOW + timedelta(hours=2))

    assert not sending.settle(1, 1, second)
    assert (sending.message(1, 1), hold(sending)) == before


def test_an_answer_to_an_old_message_moves_nothing(sending: Gate) -> None:
    sending.settle(1, 1, State.UNKNOWN)
    sending.at(NOW + WHOLE_HOLD)
    assert sending.claim_one(1) == 2
    before = hold(sending)

    assert sending.settle(1, 1, State.NOT_SENT)
    assert hold(sending) == before


@pytest.mark.parametrize("outcome", [State.CLAIMED, State.SENDING, State.CANCELLED, 9])
def test_nothing_else_is_an_outcome(sending: Gate, outcome: int) -> None:
    with pytest.raises(errors.CheckViolation):
        sending.settle(1, 1, outcome)


def test_an_answer_before_the_hand_over_or_to_nothing_is_no_news(gate: Gate) -> None:
    gate.claim_one(1)

    assert not gate.settle(1, 1, State.ACCEPTED)
    assert not gate.settle(1, 2, State.ACCEPTED)
    assert not gate.settle(99, 1, State.ACCEPTED)


def test_a_service_answer_leaves_the_month_alone(gate: Gate) -> None:
    gate.claim_one(1)
    gate.claim_service(1)
    gate.hand_over(1, 2)
    before = hold(gate)

    assert gate.settle(1, 2, State.NOT_SENT)
    assert hold(gate) == before


def test_what_a_dead_process_handed_over_is_unknown_and_holds(gate: Gate) -> None:
    gate.claim_one(1)
    gate.hand_over(1, 1)

    gate.at(NOW + timedelta(minutes=15))
    assert gate.reap() == 0
    gate.at(NOW + timedelta(minutes=15, seconds=1))
    assert gate.reap() == 1
    assert gate.message(1, 1) == (State.UNKNOWN, "no answer")
    assert hold(gate) == NOW + WHOLE_HOLD
    assert gate.hand_over(1, 1) == "lost"


def test_what_it_had_not_handed_over_is_not_sent_and_frees(gate: Gate) -> None:
    gate.claim_one(1)

    gate.at(NOW + timedelta(hours=24))
    assert gate.reap() == 0
    gate.at(NOW + timedelta(hours=24, seconds=1))
    assert gate.reap() == 1
    assert gate.message(1, 1) == (State.NOT_SENT, "expired")
    assert gate.claim_one(1) == 2


def test_the_reaper_takes_no_more_than_it_was_told(gate: Gate) -> None:
    gate.claim(*range(1, 10))
    gate.at(NOW + timedelta(days=2))

    assert [gate.reap(4) for _ in range(4)] == [4, 4, 1, 0]


def test_a_cancelled_broadcast_takes_back_what_waits_and_nothing_else(gate: Gate) -> None:
    broadcast(gate.connection, 7)
    broadcast(gate.connection, 8)
    gate.claim(1, 2, broadcast=7)
    gate.claim(3, broadcast=8)
    gate.claim(4)
    gate.hand_over(1, 1)

    assert gate.one("select outreach_cancel_broadcast(7)") == 1
    assert [gate.message(member, 1) for member in (1, 2, 3, 4)] == [
        (State.SENDING, None), (State.CANCELLED, "stopped"), (State.CLAIMED, None), (State.CLAIMED, None),
    ]  # fmt: skip
    assert gate.claim_one(2) == 2


def test_the_ledger_itself_refuses_a_late_hand_over(gate: Gate) -> None:
    gate.claim_one(1)

    with pytest.raises(errors.CheckViolation):
        gate.connection.execute("update outreach_message set state = 1, handover_at = send_by + interval '1 s'")
    with pytest.raises(errors.CheckViolation):
        gate.connection.execute("update outreach_message set state = 2")
    with pytest.raises(errors.UniqueViolation):
        gate.connection.execute("insert into outreach_message select * from outreach_message")
