from django.db import transaction
from django.db.models import F

from salesapp.staff.models import Employee, SignInFamily


@transaction.atomic
def end_sign_ins(*, employee: Employee, because: str) -> None:
    """Refuse every token and page session the employee has; signing in again works. ``because``: 20 characters."""
    Employee.objects.filter(pk=employee.pk).update(session_version=F("session_version") + 1)
    SignInFamily.objects.filter(employee=employee).revoke(because)
    employee.refresh_from_db(fields=["session_version"])
