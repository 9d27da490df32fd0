from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesapp.staff.actions.disable_employee import disable_employee
from salesapp.staff.models import Employee


class Command(BaseCommand):
    help = "Shut leavers out by employee number: tokens and sessions are refused from the next request on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("employee_no", nargs="+", metavar="NO")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = list(dict.fromkeys(options["employee_no"]))
        known = {employee.employee_no: employee for employee in Employee.objects.filter(employee_no__in=wanted)}
        disabled = sum(disable_employee(employee=known[number], by=None) for number in wanted if number in known)
        self.stdout.write(f"disabled {disabled}, disabled before {len(known) - disabled}")
        if missing := [number for number in wanted if number not in known]:
            raise CommandError(f"no such employee number: {', '.join(missing)}")
