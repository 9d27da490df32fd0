import structlog
from django.db import transaction

from salesapp.staff.models import Employee, HarvestAlarm

log = structlog.get_logger(__name__)


@transaction.atomic
def reinstate_employee(*, employee: Employee, by: Employee | None) -> bool:
    """Let somebody in again who was disabled by mistake or has come back. Old tokens and sessions stay dead.

    Their look-ups are let go with them, unless an alarm is open: only who decides about it lets go of those.
    Gives False for one who was not disabled.
    """
    # The lock of decide_alarm: no alarm is decided, and none raised, between the two looks
    locked = Employee.objects.select_for_update().get(pk=employee.pk)
    changed = not locked.is_active
    if changed:
        locked.disabled_at = None
        if not HarvestAlarm.objects.filter(employee=locked, decision=None).exists():
            locked.look_ups_held_at = None
        locked.save(update_fields=["disabled_at", "look_ups_held_at"])
        log.info("employee_reinstated", employee=employee.pk, by=by.pk if by else None)
    employee.refresh_from_db(fields=["disabled_at", "look_ups_held_at"])
    return changed
