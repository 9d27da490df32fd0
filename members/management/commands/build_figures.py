import time
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from geo.errors import TableBusy
from members.actions.build_figures import build_figures
from members.errors import TooManyRules


class Command(BaseCommand):
    help = "Build and publish needs, neighbour lists and statistics: what the worker does every night."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--today", type=date.fromisoformat, help="as of this day (YYYY-MM-DD)")

    def handle(self, *args: Any, **options: Any) -> None:
        self.started = time.monotonic()
        try:
            built = build_figures(today=options["today"] or timezone.localdate(), tell=self._tell)
        except (TableBusy, TooManyRules) as error:
            raise CommandError(str(error)) from error
        self._tell("done")
        self.stdout.write(
            f"needs: {built.needs.needs} of {built.needs.members} members; "
            f"neighbour lists: {built.lists.communities} of communities, {built.lists.regions} of regions; "
            f"statistics: {built.stats.community_rows} rows of communities, {built.stats.region_rows} of regions"
        )

    def _tell(self, step: str) -> None:
        self.stdout.write(f"  {time.monotonic() - self.started:6.1f} s  {step}")
        self.stdout.flush()
