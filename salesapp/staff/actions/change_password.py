import structlog
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from salesapp.staff.models import Employee, SignInFamily

log = structlog.get_logger(__name__)


@sensitive_variables("password")
@transaction.atomic
def change_password(*, employee: Employee, password: str, by: Employee) -> None:
    """Set a password that the form has validated; every token and page session from before is refused."""
    locked = Employee.objects.select_for_update().get(pk=employee.pk)
    locked.set_password(password)
    locked.session_version += 1
    locked.save(update_fields=["password", "session_version"])
    SignInFamily.objects.filter(employee=locked).revoke("password changed")
    employee.password, employee.session_version = locked.password, locked.session_version
    log.info("password_changed", employee=locked.pk, by=by.pk)
