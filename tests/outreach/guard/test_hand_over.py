from datetime import UTC, datetime, timedelta

import pytest
from psycopg import errors

from tests.chaos.gate import Gate, State, broadcast

NOW = datetime(2026, 3, 2, 2, tzinfo=UTC)


def test_a_message_is_handed_over_once(gate: Gate) -> None:
    gate.claim_one(1)

    assert gate.hand_over(1, 1) == NOW
    assert gate.hand_over(1, 1) == "lost"


def test_nothing_is_handed_over_that_is_not_there(gate: Gate) -> None:
    """Also not under the number that a merge made the fence of the winner."""
    gate.hand_over(1, int(gate.claim_one(1)))
    gate.merge(1, 2)

    assert gate.one("select fence from outreach_contactguard where member_id = 2") == 1
    assert [gate.hand_over(2, no) for no in (0, 1, 2)] == ["lost"] * 3
    assert gate.hand_over(99, 1) == "lost"


@pytest.mark.parametrize(
    ("reason", "statement"),
    [
        ("unknown_member", "update members_member set erased_at = now() where id = 1"),
        ("unknown_member", "update members_member set merged_into = 2 where id = 1"),
        ("objects", "update members_member set refuses_profiling = true where id = 1"),
        ("no_consent", "update members_consentstate set withdrawn_at = now() where member_id = 1"),
        ("no_consent", "delete from members_consentstate where member_id = 1"),
        ("stopped", "update outreach_broadcast set state = 'cancelled'"),
        ("expired", "select set_config('proofs.now', '2026-03-03 10:00:01+08', false)"),
    ],
)
def test_a_reason_that_stays_cancels_and_gives_the_right_back(gate: Gate, reason: str, statement: str) -> None:
    broadcast(gate.connection, 7)
    gate.claim_one(1, broadcast=7)
    gate.connection.execute(statement)

    assert gate.hand_over(1, 1) == reason
    assert gate.message(1, 1) == (State.CANCELLED, reason)
    assert gate.one("select blocked_until = outreach_now() from outreach_contactguard where member_id = 1")
    assert gate.hand_over(1, 1) == "lost"


@pytest.mark.parametrize(
    ("reason", "shut", "open_again"),
    [
        ("quiet_hours", "select set_config('proofs.now', '2026-03-02 20:00+08', false)",
         "select set_config('proofs.now', '2026-03-03 08:00+08', false)"),
        ("sending_off", "select outreach_set_sending(false)", "select outreach_set_sending(true)"),
        ("closed", "update outreach_contactpolicy set closed_until = '2026-03-03'",
         "update outreach_contactpolicy set closed_until = null"),
        ("stopped", "update outreach_broadcast set state = 'paused'",
         "update outreach_broadcast set state = 'running'"),
    ],
)  # fmt: skip
def test_a_reason_that_passes_leaves_it_waiting(gate: Gate, reason: str, shut: str, open_again: str) -> None:
    broadcast(gate.connection, 7)
    gate.claim_one(1, broadcast=7)
    gate.connection.execute(shut)

    assert gate.hand_over(1, 1) == reason
    assert gate.message(1, 1) == (State.CLAIMED, None)
    assert gate.claim_one(1) == "month_used"
    gate.connection.execute(open_again)
    assert isinstance(gate.hand_over(1, 1), datetime)


def test_it_leaves_at_its_last_moment_and_not_after(gate: Gate) -> None:
    gate.claim_one(1, until=NOW + timedelta(hours=1))
    gate.claim_one(2, until=NOW + timedelta(hours=1))

    gate.at(NOW + timedelta(hours=1))
    assert gate.hand_over(1, 1) == NOW + timedelta(hours=1)
    gate.at(NOW + timedelta(hours=1, microseconds=1))
    assert gate.hand_over(2, 1) == "expired"


def test_who_said_no_and_yes_again_is_written_to(gate: Gate) -> None:
    gate.claim_one(1)
    gate.consent(1, given=False)
    gate.consent(1, given=True)

    assert gate.hand_over(1, 1) == NOW


def test_an_objection_stops_marketing_and_no_service(gate: Gate) -> None:
    gate.claim_one(1)
    gate.claim_service(1)
    gate.consent(1, given=False, channel=0, purpose=2)

    assert gate.hand_over(1, 1) == "objects"
    assert gate.hand_over(1, 2) == NOW


def test_a_withdrawal_waits_for_a_hand_over_under_way(gate: Gate, other: Gate) -> None:
    gate.claim_one(1)
    other.connection.execute("set lock_timeout = '100ms'")

    with gate.connection.transaction():
        assert gate.hand_over(1, 1) == NOW
        for statement in (
            "select members_record_consent(1, 0::smallint, 1::smallint, false, 'reply')",
            "update members_member set refuses_profiling = true where id = 1",
            "select outreach_set_sending(false)",
            "select outreach_merge(1, 2)",
        ):
            with pytest.raises(errors.LockNotAvailable):
                other.connection.execute(statement)
