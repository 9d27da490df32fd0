from typing import Any

from django.core.management.base import BaseCommand, CommandError

from geo.errors import TableBusy
from outreach.actions.publish_audience import publish_audience


class Command(BaseCommand):
    help = "Publish whom broadcasts can be counted for: what the worker does every hour. After a large import."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            rows = publish_audience(tell=self.stdout.write)
        except TableBusy as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"audience: {rows} members and needs")
