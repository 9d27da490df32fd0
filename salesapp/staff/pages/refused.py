"""A refused look-up, as the pages tell it."""

from typing import Any

from django.utils.translation import gettext as _

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


def refused_in_words(why: LookUpsHeld | TooManyRequests | LimiterUnavailable) -> tuple[str, int]:
    """A sentence, for pages that have but one place for it, and the status."""
    if isinstance(why, LookUpsHeld):
        return _(
            "Your last look-ups were unusual. Speak to your manager or the privacy officer, who can let them go on."
        ), 422
    if isinstance(why, TooManyRequests):
        return _("Too many look-ups. Try again in %(wait)s.") % {"wait": in_words(why.retry_after)}, 429
    return _("Look-ups are not available at the moment. Try again shortly."), 503
