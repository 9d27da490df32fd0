from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geo.errors import TableBusy
from members.errors import TooManyRules
from salesapp.demo import planted
from salesapp.demo.errors import NotSeeded
from salesapp.demo.seed_town import USUAL_MEMBERS, Plan, members_of_the_town, seed_town
from salesapp.staff.models import Employee, Store


class Command(BaseCommand):
    help = "Builds the demo town: an invented city with communities, stores, staff, members and purchases."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--members", type=int, help=f"people in the town (default: as many as there are, else {USUAL_MEMBERS})"
        )
        parser.add_argument("--seed", type=int, default=1, help="another number makes another town (default 1)")
        parser.add_argument("--fresh", action="store_true", help="take down the town that is there, whatever its size")

    def handle(self, *, members: int | None, seed: int, fresh: bool, **options: object) -> None:
        members = members or members_of_the_town() or USUAL_MEMBERS
        plan = Plan(members, seed, timezone.localdate())
        try:
            built = seed_town(plan=plan, fresh=fresh, say=self._say)
        except (NotSeeded, TableBusy, TooManyRules) as error:
            raise CommandError(str(error)) from None
        if built:
            self._say(f"The demo town is built: {members:,} members.")
        else:
            self._say(f"The demo town of {members:,} members is there already; nothing to do.")
        self._say(f"Sign in with one of these employee numbers and the password {planted.DEMO_PASSWORD}:")
        cast = [person.employee_no for person in planted.STAFF]
        for employee in (
            Employee.objects.select_related("region", "store").filter(employee_no__in=cast).order_by("employee_no")
        ):
            place = f", {employee.store or employee.region}" if employee.region else ""
            left = "" if employee.is_active else ", has left the company"
            self._say(f"  {employee.employee_no:8} {employee.role}{place}{left}")
        member = planted.STORY[0]
        self._say(f"At the counter try {member.phone}, a member, or {planted.NOT_A_MEMBER}, nobody.")
        store = Store.objects.filter(is_open=True).order_by("code").first()
        if store:
            self._say(
                f"Members register at /join/{store.join_code}/ and have their own page at /mine/;"
                " their codes stand in .local/worker.log."
            )

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
