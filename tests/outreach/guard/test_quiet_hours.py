from datetime import datetime

import pytest

from tests.chaos.gate import Gate

EDGES = [
    ("07:59:59", False), ("07:59:59.999999", False), ("08:00:00", True), ("12:00:00", True),
    ("19:59:59", True), ("19:59:59.999999", True), ("20:00:00", False), ("00:00:00", False),
]  # fmt: skip


@pytest.mark.parametrize(("time", "may"), EDGES)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_claims_are_granted_by_day_in_shanghai(gate: Gate, time: str, may: bool, zone: str) -> None:
    gate.one("select set_config('TimeZone', %s, false)", zone)
    gate.at(f"2026-07-01 {time}+08")

    assert gate.claim_one(1) == (1 if may else "quiet_hours")


@pytest.mark.parametrize(("time", "may"), EDGES)
def test_messages_leave_by_day_in_shanghai(gate: Gate, time: str, may: bool) -> None:
    gate.at("2026-07-01 08:00+08" if time >= "08" else "2026-06-30 19:59+08")
    gate.claim_one(1)
    moment = f"2026-07-01 {time}+08"
    gate.at(moment)

    handed_over = gate.hand_over(1, 1)

    assert handed_over == (datetime.fromisoformat(moment) if may else "quiet_hours")


@pytest.mark.parametrize("time", [time for time, may in EDGES if not may])
def test_a_service_message_may_leave_at_night(gate: Gate, time: str) -> None:
    gate.at(f"2026-07-01 {time}+08")

    assert gate.claim_service(1) == 1
    assert isinstance(gate.hand_over(1, 1), datetime)


def test_the_night_lasts_from_eight_to_eight_all_year(gate: Gate) -> None:
    assert gate.connection.execute(
        "select h, bool_and(outreach_is_quiet(d + make_interval(hours => h))),"
        "          bool_or(outreach_is_quiet(d + make_interval(hours => h)))"
        "  from generate_series(timestamptz '2024-01-01 00:00+08', '2028-12-31 00:00+08', interval '24 hours') d,"
        "       generate_series(0, 23) h group by h order by h"
    ).fetchall() == [(hour, not 8 <= hour < 20, not 8 <= hour < 20) for hour in range(24)]
