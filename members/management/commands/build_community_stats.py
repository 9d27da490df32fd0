from typing import Any

from django.core.management.base import BaseCommand, CommandError

from geo.errors import TableBusy
from members.actions.build_community_stats import build_community_stats


class Command(BaseCommand):
    help = "Count members, owners and potential buyers of every community and region, and publish the figures."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            built = build_community_stats(tell=self._tell)
        except TableBusy as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"statistics: {built.community_rows} rows of communities, {built.region_rows} of regions")

    def _tell(self, step: str) -> None:
        self.stdout.write(f"  {step}")
        self.stdout.flush()
