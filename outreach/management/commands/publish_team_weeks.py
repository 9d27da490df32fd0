from typing import Any

from django.core.management.base import BaseCommand

from outreach.actions.publish_team_weeks import publish_team_weeks


class Command(BaseCommand):
    help = "Publish the figures that managers see of their teams: what the worker does every night."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"team: {publish_team_weeks()} weeks of employees")
