import re

import structlog
from django.db import IntegrityError, transaction

from salesapp.staff.actions.disable_employee import disable_employee
from salesapp.staff.errors import AlarmDecided, OwnAlarm, ReasonRefused
from salesapp.staff.models import Employee, HarvestAlarm, HarvestDecision

log = structlog.get_logger(__name__)

LONGEST_REASON = 300
_number = re.compile(r"\d(?:[\s.-]*\d){6,}")


@transaction.atomic
def decide_alarm(*, alarm: HarvestAlarm, outcome: str, reason: str, by: Employee) -> HarvestDecision:
    """Release the employee's look-ups or disable the employee, and say why; once for each alarm.

    Raises OwnAlarm for one's own, AlarmDecided where somebody else was quicker, ReasonRefused for a reason that is
    empty, too long, or holds what may be somebody's number.
    """
    reason = reason.strip()
    if not reason or len(reason) > LONGEST_REASON or not reason.isprintable() or _number.search(reason):
        raise ReasonRefused
    employee = Employee.objects.select_for_update().get(pk=alarm.employee_id)
    if employee.pk == by.pk:
        raise OwnAlarm
    try:
        with transaction.atomic():
            decision = HarvestDecision.objects.create(alarm=alarm, by=by, outcome=outcome, reason=reason)
    except IntegrityError:
        raise AlarmDecided from None
    if outcome == HarvestDecision.Outcome.DISABLED:
        disable_employee(employee=employee, by=by)
    elif not HarvestAlarm.objects.filter(employee=employee, decision=None).exists():
        employee.look_ups_held_at = None
        employee.save(update_fields=["look_ups_held_at"])
    log.info("alarm decided", alarm=alarm.pk, employee=employee.pk, outcome=outcome, by=by.pk)
    return decision
