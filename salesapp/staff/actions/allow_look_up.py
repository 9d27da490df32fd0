from datetime import datetime

import structlog
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from salesapp.staff.errors import LookUpsHeld
from salesapp.staff.harvest import EVERY, Rule, Thresholds, alarm, as_figures, thresholds
from salesapp.staff.limits import consume
from salesapp.staff.models import Employee, HarvestAlarm
from salesapp.staff.queries.look_up_figures import look_up_figures, night_began

log = structlog.get_logger(__name__)


def allow_look_up(*, by: Employee) -> None:
    """Let one look-up through: count it against the limits, and now and then hold the last ones against the rules.

    Raises LookUpsHeld for whom an alarm was raised, from this very look-up on, TooManyRequests, and LimiterUnavailable
    when Redis is down.
    """
    refuse_held(by=by)
    counts = consume(group="look-up", key=str(by.pk), rates=settings.LOOKUP_LIMITS)
    limits, now = thresholds(settings.HARVEST_THRESHOLDS), timezone.now()
    # By the count of the longest rate: also slow gathering is seen, at the first look-up of its next day. At night each
    # time, for few are too many then
    if counts and (max(counts) % EVERY == 1 or (limits.night and night_began(now))):
        _watch(by, limits, now)


def refuse_held(*, by: Employee) -> None:
    """For what is no look-up and shows who was looked up: not while look-ups are held. Raises LookUpsHeld."""
    if by.look_ups_held_at is not None:
        raise LookUpsHeld


def _watch(by: Employee, limits: Thresholds, now: datetime) -> None:
    seen = look_up_figures(by, limits, now=now)
    rule = alarm(seen, limits)
    if rule is None:
        return
    _hold(by, rule, as_figures(seen, limits))
    raise LookUpsHeld


@transaction.atomic
def _hold(employee: Employee, rule: Rule, figures: dict[str, object]) -> None:
    held = Employee.objects.filter(pk=employee.pk, look_ups_held_at=None).update(look_ups_held_at=timezone.now())
    if held:  # by this look-up, and by no other of the same moment
        raised = HarvestAlarm.objects.create(employee=employee, rule=rule, figures=figures)
        log.warning("look-ups held", employee=employee.pk, rule=rule.value, alarm=raised.pk)
