from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import ProgrammingError

from outreach.actions.grant_web_role import grant_web_role


class Command(BaseCommand):
    help = "Give the web's database role its rights: to be run by the tables' owner after every migration."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--role", default="salesapp_web", help="made if it is not there (salesapp_web)")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            grant_web_role(role=options["role"])
        except ProgrammingError as error:
            raise CommandError(f"PostgreSQL refuses: {str(error).strip().splitlines()[0]}") from error
        self.stdout.write(f"{options['role']} may read all, and write all but the ledgers")
