from django.db import transaction

from salesapp.staff.models import Employee, SecondFactor
from salesapp.staff.second_factor import new_secret, seal, unseal


@transaction.atomic
def offer_second_factor(*, employee: Employee) -> bytes | None:
    """The secret for the employee's authenticator app, the same until a code of it came; None from then on."""
    factor = SecondFactor.objects.select_for_update().filter(employee=employee).first()
    if factor is None:
        factor, _ = SecondFactor.objects.get_or_create(
            employee=employee, defaults={"sealed": seal(new_secret(), employee.pk)}
        )
    return None if factor.confirmed_at else unseal(bytes(factor.sealed), employee.pk)
