"""The short forms of the races; `make chaos` runs the long ones. Each is seen to fail without what it is about."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.chaos import contention, merge_race, opt_out_race
from tests.chaos.gate import SMS, Gate, people
from tests.chaos.scratch import REAL, plant, scratch


def _claimed_by_two(*, bypassed: bool) -> list[int | str]:
    """Two sessions have both read that the member is free when the first of them writes."""
    together = Barrier(2, timeout=30)
    with scratch("two", REAL) as database:
        with database.connect() as connection:
            people(connection, [1], channels=[SMS])
            connection.execute("create table proofs_pause (member_id bigint)")
            # The reading ends for both before the writing of either begins
            plant(
                connection, "outreach_claim", "select seen.id, hold, 1, 1 from seen where seen.refusal is null",
                "select seen.id, hold, 1, 1 from seen, (select pg_sleep(0.5)) pause where seen.refusal is null",
            )  # fmt: skip
            if bypassed:
                plant(
                    connection, "outreach_claim", "where g.blocked_until <= t and g.merged_into is null", "where true"
                )

        def claim(_: int) -> int | str:
            with database.connect() as connection:
                gate = Gate(connection)
                gate.hand_over(1, 1)
                together.wait()
                return gate.claim_one(1)

        with ThreadPoolExecutor(2) as pool:
            return sorted(pool.map(claim, range(2)), key=str)


def test_of_two_who_read_that_a_member_is_free_one_is_granted() -> None:
    assert _claimed_by_two(bypassed=False) == [1, "month_used"]


def test_without_the_gate_both_are() -> None:
    assert _claimed_by_two(bypassed=True) == [1, 2]


def test_eight_senders_keep_the_month_and_a_naive_gate_does_not() -> None:
    result = contention.contend(100_000)

    assert result.attempts >= 100_000
    assert result.grants > 2 * contention.MEMBERS, "the month went by at least once"
    assert result.violations == 0
    assert result.naive_grants >= contention.MEMBERS
    assert result.naive_violations > 0


def test_nothing_leaves_after_a_merge_into_the_others_month() -> None:
    result = merge_race.race(900)

    assert result.busy > 600
    assert set(result.twice) == set(merge_race.KINDS)
    assert result.twice.total() == 0


def test_a_naive_merge_lets_something_out_in_every_kind_of_round() -> None:
    result = merge_race.race(900, naive=True)

    assert all(result.twice[kind] > 0 for kind in merge_race.KINDS)


@pytest.mark.parametrize("against", ["withdrawal", "switch"])
def test_nothing_is_handed_over_after_the_commit_of_a_no(against: str) -> None:
    result = opt_out_race.race(against, 1000)

    assert min(result.handed_over, result.refused) > 10, "the no came before and after"
    assert (result.after, result.handed_over_after) == (0, 0)


@pytest.mark.parametrize("against", ["withdrawal", "switch"])
def test_without_the_lock_some_are(against: str) -> None:
    assert opt_out_race.race(against, 1000, locked=False).after > 0
