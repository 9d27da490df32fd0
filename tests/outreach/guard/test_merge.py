from datetime import UTC, datetime, timedelta

import pytest

from tests.chaos.gate import Gate, State

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)
MONTH = timedelta(hours=744)
L, W, A, B = 1, 2, 3, 4


def write_to(gate: Gate, member: int) -> None:
    no = gate.claim_one(member)
    assert isinstance(no, int)
    gate.hand_over(member, no)
    gate.settle(member, no, State.ACCEPTED)


def test_the_loser_is_never_written_to_again(gate: Gate) -> None:
    gate.claim_one(L)
    gate.claim_service(L)

    assert gate.merge(L, W)
    assert [gate.message(L, no) for no in (1, 2)] == [(State.CANCELLED, "unknown_member")] * 2
    assert gate.hand_over(L, 1) == "lost"
    assert gate.claim_one(L) == "unknown_member"
    assert gate.claim_one(W) == "month_used"  # a claim that was cancelled by the merge: rather silent than twice


def test_the_losers_month_comes_along(gate: Gate) -> None:
    write_to(gate, L)
    gate.merge(L, W)

    assert gate.claim_one(W) == "month_used"
    gate.at(NOW + MONTH)
    assert isinstance(gate.claim_one(W), int)


def test_the_winners_own_longer_month_stays(gate: Gate) -> None:
    write_to(gate, L)
    gate.at(NOW + timedelta(days=2))
    write_to(gate, W)
    gate.merge(L, W)

    gate.at(NOW + MONTH + timedelta(hours=47))
    assert gate.claim_one(W) == "month_used"
    gate.at(NOW + MONTH + timedelta(hours=48))
    assert isinstance(gate.claim_one(W), int)


def test_what_waits_for_the_winner_does_not_leave_into_the_losers_month(gate: Gate) -> None:
    write_to(gate, L)
    gate.claim_one(W)
    gate.claim_service(W)
    gate.merge(L, W)

    assert gate.message(W, 1) == (State.CANCELLED, "month_used")
    assert gate.hand_over(W, 1) == "lost"
    assert gate.hand_over(W, 2) == NOW


def test_what_waits_for_the_winner_leaves_where_the_loser_has_no_month(gate: Gate) -> None:
    gate.claim_one(W)
    gate.merge(L, W)

    assert gate.hand_over(W, 1) == NOW


@pytest.mark.parametrize("outcome", [State.ACCEPTED, State.UNKNOWN, State.NOT_SENT])
def test_an_answer_after_the_merge_shortens_nothing_that_came_along(gate: Gate, outcome: int) -> None:
    """The first hole of the reference: the refusal of W's message freed the month of L's."""
    write_to(gate, L)
    gate.claim_one(W)
    gate.hand_over(W, 1)
    gate.merge(L, W)

    assert gate.settle(W, 1, outcome)
    assert gate.claim_one(W) == "month_used"


def test_a_chain_of_merges_lets_nothing_out(gate: Gate) -> None:
    """The second hole of the reference: A's month came to W by way of L, which had no message of its own."""
    write_to(gate, A)
    gate.merge(A, L)
    gate.claim_one(W)
    gate.merge(L, W)

    assert gate.hand_over(W, 1) == "lost"
    assert gate.claim_one(W) == "month_used"


def test_a_late_answer_to_the_losers_message_frees_nobody(gate: Gate) -> None:
    gate.claim_one(L)
    gate.hand_over(L, 1)
    gate.merge(L, W)

    assert gate.settle(L, 1, State.NOT_SENT)
    assert gate.claim_one(W) == "month_used"


def test_nobody_is_merged_twice_or_into_themselves_or_into_a_tombstone(gate: Gate) -> None:
    assert not gate.merge(L, L)
    assert gate.merge(L, W)
    assert not gate.merge(L, A)
    assert not gate.merge(A, L)
    assert gate.one("select count(*) from outreach_contactmerge") == 1


def test_who_is_parted_again_keeps_the_stricter_hold(gate: Gate) -> None:
    gate.merge(L, W)
    write_to(gate, W)
    assert not gate.split(L, A)
    assert gate.split(L, W)
    assert not gate.split(L, W)

    assert gate.claim_one(L) == "month_used"
    gate.at(NOW + MONTH)
    assert isinstance(gate.claim_one(L), int)
    assert isinstance(gate.claim_one(W), int)


def test_who_is_parted_from_a_tombstone_is_silent_for_the_longest_hold_and_not_for_ever(gate: Gate) -> None:
    gate.merge(L, W)
    gate.merge(W, A)
    assert gate.split(L, W)

    longest = timedelta(hours=24, minutes=15) + MONTH
    gate.at(NOW + longest - timedelta(seconds=1))
    assert gate.claim_one(L) == "month_used"
    gate.at(NOW + longest)
    assert isinstance(gate.claim_one(L), int)


def test_an_old_answer_frees_nobody_after_the_parting(gate: Gate) -> None:
    gate.claim_one(L)
    gate.hand_over(L, 1)
    gate.merge(L, W)
    gate.split(L, W)

    assert gate.settle(L, 1, State.NOT_SENT)
    assert gate.claim_one(L) == "month_used"
