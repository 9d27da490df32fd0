from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from geo.actions.apply_retention import apply_retention


class Command(BaseCommand):
    help = "Delete what has been kept for as long as the rules of retention say. The worker does it every night."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--simulate", action="store_true", help="only count")

    def handle(self, *args: Any, **options: Any) -> None:
        did = "would go" if options["simulate"] else "gone"
        for outcome in apply_retention(simulate=options["simulate"]):
            since = f", since {timezone.localtime(outcome.oldest):%Y-%m-%d}" if outcome.oldest and outcome.rows else ""
            self.stdout.write(
                f"{outcome.rule} ({outcome.days} days, before {timezone.localtime(outcome.before):%Y-%m-%d}):"
                f" {outcome.table}: {outcome.rows:,} {did}{since}"
            )
