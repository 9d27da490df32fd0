from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from salesapp.staff.actions.check_credentials import check_credentials
from salesapp.staff.actions.check_second_factor import check_second_factor
from salesapp.staff.models import Employee, SignInFamily
from salesapp.staff.tokens import issue_tokens


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who signed in, and the tokens of the new family."""

    employee: Employee
    access: str
    refresh: str


@sensitive_variables("password", "code")
def sign_in(*, employee_no: str, password: str, code: str = "", address: str) -> SignedIn:
    """Start a family of tokens that ends REFRESH_TOKEN_SECONDS from now, however often it is refreshed.

    ``code`` is the authenticator app's, for the roles that need one. Raises SignInRefused, TooManyRequests and
    LimiterUnavailable as `check_credentials` does; then SecondFactorMissing and SecondFactorRefused.
    """
    employee = check_credentials(employee_no=employee_no, password=password, address=address)
    second_step = employee.role in settings.TWO_FACTOR_ROLES
    if second_step:
        check_second_factor(employee=employee, code=code)
    now = timezone.now()
    with transaction.atomic():
        employee.last_login = now
        employee.save(update_fields=["last_login"])
        family = SignInFamily.objects.create(
            employee=employee, second_step=second_step,
            expires_at=now + timedelta(seconds=settings.REFRESH_TOKEN_SECONDS),
        )  # fmt: skip
    access, refresh = issue_tokens(employee, family)
    return SignedIn(employee, access, refresh)
