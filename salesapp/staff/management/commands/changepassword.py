from typing import Any

from django.contrib.auth.management.commands.changepassword import Command as DjangoCommand

from salesapp.staff.actions.end_sign_ins import end_sign_ins
from salesapp.staff.models import Employee


class Command(DjangoCommand):
    """Django's own command, after which no sign-in from before is good for anything."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        said: str | None = super().handle(*args, **options)
        end_sign_ins(employee=Employee.objects.get(employee_no=options["username"]), because="password changed")
        return said
