from typing import Literal

from django.conf import settings

from salesapp.staff.limits import consume
from salesapp.staff.models import Employee


def allow_asking(*, by: Employee, about: Literal["audience", "communities"]) -> None:
    """Let one question of the broadcast station through: a plan takes a few, a list of all communities hundreds.

    Raises TooManyRequests, LimiterUnavailable.
    """
    consume(group=about, key=str(by.pk), rates=settings.AUDIENCE_LIMITS)
