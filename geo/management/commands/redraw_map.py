from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from geo.actions.redraw_places import redraw_places


class Command(BaseCommand):
    help = "Draw all regions and communities in the system of the base map. Needed after MAP_CRS was changed."

    def handle(self, *args: Any, **options: Any) -> None:
        regions, communities = redraw_places()
        self.stdout.write(f"{regions:,} regions and {communities:,} communities are drawn in {settings.MAP_CRS}")
