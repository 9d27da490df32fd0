import time

from django.conf import settings
from django.db.models import Value
from django.db.models.functions import Coalesce, Now
from django.views.decorators.debug import sensitive_variables

from salesapp.staff.errors import SecondFactorMissing, SecondFactorRefused
from salesapp.staff.limits import consume
from salesapp.staff.models import Employee, SecondFactor
from salesapp.staff.second_factor import step_of, unseal


@sensitive_variables("code")
def check_second_factor(*, employee: Employee, code: str, first: bool = False) -> None:
    """Take a code of the employee's authenticator app, each once; with ``first`` also the one that confirms the app.

    Raises SecondFactorMissing where there is no app (or, without ``first``, none that is confirmed),
    SecondFactorRefused for a wrong or used code, TooManyRequests and LimiterUnavailable.
    """
    consume(group="second-factor", key=str(employee.pk), rates=settings.SIGN_IN_LIMITS)
    factor = SecondFactor.objects.filter(employee=employee).first()
    if factor is None or not (first or factor.confirmed_at):
        raise SecondFactorMissing
    step = step_of(unseal(bytes(factor.sealed), employee.pk), code, now=time.time())
    if step is None:
        raise SecondFactorRefused
    taken = SecondFactor.objects.filter(employee=employee, sealed=factor.sealed, last_step__lt=step).update(
        last_step=Value(step), confirmed_at=Coalesce("confirmed_at", Now())
    )
    if not taken:
        raise SecondFactorRefused
