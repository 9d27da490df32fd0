"""A refused look-up, as the pages tell it."""

from typing import Any

from salesapp.staff.errors import LimiterUnavailable, LookUpsHeld, TooManyRequests
from salesapp.staff.models import Employee
from salesapp.staff.pages.waiting import in_words
from salesapp.staff.queries.alarms import who_decides

REFUSALS = (LookUpsHeld, TooManyRequests, LimiterUnavailable)


def refused(why: LookUpsHeld | TooManyRequests | LimiterUnavailable, employee: Employee) -> tuple[dict[str, Any], int]:
    """What the template says of it (templates/staff/parts/refused.html), and the status."""
    if isinstance(why, LookUpsHeld):
        return {"problem": "held", "who": who_decides(employee)}, 422
    if isinstance(why, TooManyRequests):
        return {"problem": "limit", "wait": in_words(why.retry_after)}, 429
    return {"problem": "unavailable"}, 503
