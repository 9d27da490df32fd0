import structlog
from django.db import transaction

from salesapp.staff.models import Employee

log = structlog.get_logger(__name__)


@transaction.atomic
def reinstate_employee(*, employee: Employee, by: Employee | None) -> bool:
    """Let somebody in again who was disabled by mistake or has come back. Old tokens and sessions stay dead.

    Gives False for one who was not disabled.
    """
    changed = Employee.objects.filter(pk=employee.pk, disabled_at__isnull=False).update(disabled_at=None)
    employee.refresh_from_db(fields=["disabled_at"])
    if changed:
        log.info("employee_reinstated", employee=employee.pk, by=by.pk if by else None)
    return bool(changed)
