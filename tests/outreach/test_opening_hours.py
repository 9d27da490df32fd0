from datetime import datetime

import pytest

from outreach.opening_hours import ZONE, next_opening, seconds_open


@pytest.mark.parametrize(
    ("clock", "opening", "seconds"),
    [
        ("2026-11-22 07:59:59", "2026-11-22 08:00:00", 0),
        ("2026-11-22 08:00:00", "2026-11-22 08:00:00", 12 * 3600),
        ("2026-11-22 19:59:59", "2026-11-22 19:59:59", 1),
        ("2026-11-22 20:00:00", "2026-11-23 08:00:00", 0),
        ("2026-12-31 23:00:00", "2027-01-01 08:00:00", 0),
    ],
)
def test_the_day_is_from_eight_to_eight(clock: str, opening: str, seconds: int) -> None:
    moment = datetime.fromisoformat(clock).replace(tzinfo=ZONE)
    assert next_opening(moment) == datetime.fromisoformat(opening).replace(tzinfo=ZONE)
    assert seconds_open(moment) == seconds
