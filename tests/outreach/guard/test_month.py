"""What a month is: never less than 744 hours, never two messages in a calendar month, whatever the season."""

from datetime import UTC, datetime, timedelta

import pytest
from psycopg import errors

from tests.chaos.gate import Gate, State
from tests.chaos.scratch import Connection

HOURS = 43_848  # of 2024 to 2028, two leap years
# For every hour of five years: the gap to the next possible message, and whether both are of one calendar month
JUDGE = """
with start as (
    select generate_series(timestamptz '2024-01-01 00:00+08', timestamptz '2028-12-31 23:00+08', interval '1 hour') t
), next as (
    select t, {next} as n from start
)
select count(*),
       count(*) filter (where n - t < interval '744 hours'),
       count(*) filter (where date_trunc('month', n at time zone 'Asia/Shanghai')
                            = date_trunc('month', t at time zone 'Asia/Shanghai'))
  from next
"""


def judge(connection: Connection, following: str) -> tuple[int, int, int]:
    row = connection.execute(JUDGE.format(next=following)).fetchone()
    assert row is not None
    return row


# The second has an hour that does not exist and one that comes twice
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "UTC"])
def test_from_every_hour_of_five_years_a_month_is_long_enough(gate: Gate, zone: str) -> None:
    gate.one("select set_config('TimeZone', %s, false)", zone)

    assert judge(gate.connection, "t + outreach_month()") == (HOURS, 0, 0)


def test_other_readings_of_a_month_are_too_short(gate: Gate) -> None:
    gate.one("select set_config('TimeZone', 'Asia/Shanghai', false)")
    _, calendar_short, _ = judge(gate.connection, "t + interval '1 month'")
    _, days_short, days_twice = judge(gate.connection, "t + interval '30 days'")

    assert calendar_short > 15_000
    assert days_short == HOURS
    assert days_twice > 500


@pytest.mark.parametrize("year", range(2024, 2029))
def test_the_functions_keep_it_at_the_ends_of_every_month(gate: Gate, year: int) -> None:
    """Accepted in the first and the last hour of daylight of each month: refused a second too early, then granted."""
    for month in range(1, 13):
        first = datetime(year, month, 1, 0, tzinfo=UTC)  # 08:00 in Shanghai
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1) + timedelta(hours=11)
        for member, start in ((1, first), (2, last)):
            gate.connection.execute("delete from outreach_contactguard")
            gate.connection.execute("delete from outreach_message")
            gate.at(start)
            assert gate.claim_one(member) == 1
            assert gate.hand_over(member, 1) == start
            gate.settle(member, 1, State.ACCEPTED)
            gate.at(start + timedelta(hours=744, seconds=-1))
            assert gate.claim_one(member) == "month_used"
            gate.at(start + timedelta(hours=744))
            assert gate.claim_one(member) == 2


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Shanghai"])
def test_a_clock_that_is_put_forward_changes_no_hold(gate: Gate, zone: str) -> None:
    gate.one("select set_config('TimeZone', %s, false)", zone)
    gate.at("2026-03-07 10:00+00")  # New York loses an hour on the 8th
    gate.claim_one(1)

    assert (
        gate.one("select extract(epoch from blocked_until - outreach_now())::int from outreach_contactguard")
        == 3600 * (24 + 744) + 60 * 15
    )


@pytest.mark.parametrize("hours", [743, 0, -1])
def test_the_database_refuses_a_shorter_month(gate: Gate, hours: int) -> None:
    with pytest.raises(errors.CheckViolation):
        gate.connection.execute("update outreach_contactpolicy set month_hours = %s", [hours])


def test_a_shorter_month_that_got_in_is_not_believed(gate: Gate) -> None:
    with gate.connection.transaction(force_rollback=True):
        gate.connection.execute("alter table outreach_contactpolicy drop constraint contact_policy_month")
        gate.connection.execute("update outreach_contactpolicy set month_hours = 1")

        assert gate.one("select outreach_month()") == timedelta(hours=744)


def test_a_longer_month_is_kept(gate: Gate) -> None:
    with gate.connection.transaction(force_rollback=True):
        gate.connection.execute("update outreach_contactpolicy set month_hours = 1000")

        assert gate.one("select outreach_month()") == timedelta(hours=1000)


def test_there_is_one_policy(gate: Gate) -> None:
    with pytest.raises(errors.CheckViolation):
        gate.connection.execute(
            "insert into outreach_contactpolicy select 2, month_hours, approval_above, sending_on, generation,"
            " fingerprint, closed_until from outreach_contactpolicy"
        )
