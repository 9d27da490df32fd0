from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from geo.errors import TableBusy
from members.errors import TooManyRules
from salesapp.demo import planted
from salesapp.demo.errors import NotSeeded
from salesapp.demo.seed_town import Plan, seed_town


class Command(BaseCommand):
    help = "Builds the demo town: an invented city with communities, stores, staff, members and purchases."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--members", type=int, default=200_000, help="people in the town (default 200000)")
        parser.add_argument("--seed", type=int, default=1, help="another number makes another town (default 1)")
        parser.add_argument("--fresh", action="store_true", help="take down the town that is there, whatever its size")

    def handle(self, *, members: int, seed: int, fresh: bool, **options: object) -> None:
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
        for person in planted.STAFF:
            left = ", has left the company" if person.has_left else ""
            self._say(f"  {person.employee_no:8} {person.role}{left}")

    def _say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
