from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from outreach.message_token import staff_name
from outreach.queries.replay import replay_sends


class Command(BaseCommand):
    help = "Hold all marketing messages that were handed over against the ledger of consents as it was then."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=_moment, default=datetime(2000, 1, 1, tzinfo=UTC), help="YYYY-MM-DD")

    def handle(self, *args: Any, **options: Any) -> None:
        replay = replay_sends(since=options["since"])
        for member_id, no in replay.forbidden:
            self.stdout.write(f"not allowed: message {staff_name(member_id, no)}")
        self.stdout.write(f"messages: {replay.sends}, not allowed by the ledger of then: {len(replay.forbidden)}")
        if replay.forbidden:
            raise CommandError("messages and ledger disagree")


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else timezone.make_aware(moment)
