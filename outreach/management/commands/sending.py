from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, connection
from django.utils import timezone

from outreach.actions.open_sending import open_sending
from outreach.actions.switch_sending import switch_sending
from outreach.models import ContactPolicy


class Command(BaseCommand):
    help = "Sending as a whole: say how it stands, switch it off and on, vouch for a restored or moved database."

    def add_arguments(self, parser: CommandParser) -> None:
        parts = parser.add_subparsers(dest="what", required=True)
        parts.add_parser("status", help="what is on, and for whom")
        parts.add_parser("off", help="the kill switch: nothing is handed over any more")
        parts.add_parser("on", help="switch on again")
        opening = parts.add_parser("open", help="after a restore, a move or a fail-over")
        opening.add_argument("--generation", type=int, required=True, help="one more than before")
        opening.add_argument(
            "--closed-hours", type=int, required=True,
            help="0 where nothing committed can be lost (a synchronous standby); else 744, or fewer when the"
            " providers' records of the lost span were read",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        match options["what"]:
            case "off" | "on" as position:
                switch_sending(on=position == "on", by="command line")
            case "open":
                if options["closed_hours"] < 0:
                    raise CommandError("--closed-hours cannot be negative.")
                try:
                    open_sending(
                        generation=options["generation"], closed_hours=options["closed_hours"], by="command line"
                    )
                except IntegrityError as error:
                    raise CommandError("This generation was used before; take a higher one.") from error
        self._tell(ContactPolicy.objects.get())

    def _tell(self, policy: ContactPolicy) -> None:
        with connection.cursor() as cursor:
            cursor.execute("select outreach_fingerprint()")
            here = cursor.fetchone()[0]
        ours = settings.SENDING_GENERATION
        self.stdout.write(f"sending is {'on' if policy.sending_on else 'OFF'}")
        self.stdout.write(f"a month is {policy.month_hours} hours")
        self.stdout.write(f"generation {policy.generation}, SENDING_GENERATION here is {ours}")
        if policy.generation != ours:
            self.stdout.write("NOTHING LEAVES: SENDING_GENERATION is another than the database's.")
        if policy.fingerprint != here:
            self.stdout.write(
                "NOTHING LEAVES: this is a restored, moved or promoted copy. If it is to send:"
                f" `manage.py sending open --generation {policy.generation + 1} --closed-hours …`"
            )
        if policy.closed_until and policy.closed_until > timezone.now():
            self.stdout.write(f"NOTHING LEAVES before {timezone.localtime(policy.closed_until):%Y-%m-%d %H:%M}.")
