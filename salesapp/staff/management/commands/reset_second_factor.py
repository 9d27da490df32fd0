from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesapp.staff.actions.reset_second_factor import reset_second_factor
from salesapp.staff.models import Employee


class Command(BaseCommand):
    help = "Forget an employee's authenticator app (a lost phone): the next sign-in sets a new one up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("employee_no", metavar="NO")

    def handle(self, *args: Any, **options: Any) -> None:
        employee = Employee.objects.filter(employee_no=options["employee_no"]).first()
        if employee is None:
            raise CommandError("no such employee number")
        done = reset_second_factor(employee=employee, by=None)
        self.stdout.write("reset; every sign-in of theirs has ended" if done else "there was none")
