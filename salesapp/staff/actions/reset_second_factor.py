import structlog
from django.db import transaction

from salesapp.staff.actions.end_sign_ins import end_sign_ins
from salesapp.staff.models import Employee, SecondFactor

log = structlog.get_logger(__name__)


@transaction.atomic
def reset_second_factor(*, employee: Employee, by: Employee | None) -> bool:
    """Forget the employee's authenticator app (a lost phone): the next sign-in sets a new one up.

    Every token and session of the employee ends. ``by`` is None for the command line. False where there was none.
    """
    there, _ = SecondFactor.objects.filter(employee=employee).delete()
    if there:
        end_sign_ins(employee=employee, because="second step reset")
        log.info("second_factor_reset", employee=employee.pk, by=by.pk if by else None)
    return bool(there)
