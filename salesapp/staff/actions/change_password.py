import structlog
from django.db import transaction
from django.views.decorators.debug import sensitive_variables

from salesapp.staff.actions.end_sign_ins import end_sign_ins
from salesapp.staff.models import Employee

log = structlog.get_logger(__name__)


@sensitive_variables("password")
@transaction.atomic
def change_password(*, employee: Employee, password: str, by: Employee) -> None:
    """Set a password that the form has validated; every token and page session from before is refused."""
    employee.set_password(password)
    employee.save(update_fields=["password"])
    end_sign_ins(employee=employee, because="password changed")
    log.info("password_changed", employee=employee.pk, by=by.pk)
