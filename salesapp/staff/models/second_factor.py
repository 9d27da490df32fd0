from django.conf import settings
from django.db import models


class SecondFactor(models.Model):
    """The authenticator app of an employee. Not confirmed, it was offered and no code of it came yet.

    ``last_step`` is the time step of the last code that was taken: none works twice.
    """

    employee = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="second_factor"
    )
    sealed = models.BinaryField(max_length=48)
    confirmed_at = models.DateTimeField(null=True)
    last_step = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.employee_id)
