from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from geo.errors import TableBusy
from members.actions.rescore_needs import rescore_needs
from members.errors import TooManyRules


class Command(BaseCommand):
    help = "Score the needs of all members by the rule table and publish them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", type=date.fromisoformat, help="score as of this day (YYYY-MM-DD)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = rescore_needs(today=options["today"] or timezone.localdate(), tell=self._tell)
        except (TableBusy, TooManyRules) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"needs: {done.needs} of {done.members} members"
            f" (level 1: {done.by_level[0]}, 2: {done.by_level[1]}, 3: {done.by_level[2]}, 4: {done.by_level[3]})"
        )

    def _tell(self, step: str) -> None:
        self.stdout.write(f"  {step}")
        self.stdout.flush()
