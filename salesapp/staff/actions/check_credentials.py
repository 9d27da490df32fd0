from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.views.decorators.debug import sensitive_variables

from salesapp.staff.errors import SignInRefused, StaffListStale
from salesapp.staff.limits import consume
from salesapp.staff.models import Employee
from salesapp.staff.queries.signed_in import signed_in_employee


@sensitive_variables("password")
def check_credentials(*, employee_no: str, password: str, address: str) -> Employee:
    """The employee whose number and password these are; ``address`` is the client's (limits.client_address).

    An unknown number, a wrong password and a leaver get the same SignInRefused after the same work: one
    run of the password hasher. Raises TooManyRequests when the number's or the address's limit is reached,
    LimiterUnavailable when that cannot be counted; then no password is looked at. Raises StaffListStale for the
    right password while HR's list is overdue.
    """
    consume(group="sign-in-number", key=employee_no.casefold(), rates=settings.SIGN_IN_LIMITS)
    consume(group="sign-in-address", key=address, rates=settings.SIGN_IN_ADDRESS_LIMITS)
    # PostgreSQL takes no NUL, and nobody's number has characters that cannot be seen
    readable = employee_no.isprintable()
    known = Employee.objects.select_related("region", "store").filter(employee_no=employee_no)
    employee = known.first() if readable else None
    if employee is None:
        make_password(password)
        raise SignInRefused
    if not employee.check_password(password) or not employee.is_active:
        raise SignInRefused
    if signed_in_employee(employee.pk, second_step=True) is None:  # which is asked for next
        raise StaffListStale
    return employee
