import structlog
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from salesapp.staff.models import Employee, SignInFamily

log = structlog.get_logger(__name__)


@transaction.atomic
def disable_employee(*, employee: Employee, by: Employee | None) -> bool:
    """Shut a leaver out: every token and page session is refused from the next request on.

    ``by`` is who did it, None for HR's list or the command line. Gives False, and changes nothing, for one
    who has been disabled before. ``employee`` is brought up to date.
    """
    changed = Employee.objects.filter(pk=employee.pk, disabled_at=None).update(
        disabled_at=timezone.now(), session_version=F("session_version") + 1
    )
    SignInFamily.objects.filter(employee=employee).revoke("employee disabled")
    employee.refresh_from_db(fields=["disabled_at", "session_version"])
    if changed:
        log.info("employee_disabled", employee=employee.pk, by=by.pk if by else None)
    return bool(changed)
