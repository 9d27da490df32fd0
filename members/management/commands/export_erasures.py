from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from members.index_key import generation, steady_hashes
from members.models import Erasure, Tombstone
from members.queries.consent_history import identities
from members.queries.traces import traces

HEAD = "index key "


class Command(BaseCommand):
    help = (
        "Write which index key is in use, and a line for each erased address and record: keyed hash and moment; also"
        " of erasures that were asked for and wait for a worker. Keep the file apart from the database's backups, and"
        " at least as long: after a restore replay_erasures needs it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        # Whole or not at all: the file from yesterday is better than half of today's
        unfinished = options["file"].with_name(options["file"].name + ".part")
        with unfinished.open("w", encoding="ascii") as file, transaction.atomic(), steady_hashes():
            file.write(f"{HEAD}{generation()}\n")
            for bidx, erased_at in _erased():
                file.write(f"{bidx.hex()} {erased_at.isoformat()}\n")
                count += 1
        unfinished.replace(options["file"])
        self.stdout.write(f"{count} erased addresses and records")


def _erased() -> Iterator[tuple[bytes, datetime]]:
    """What was erased, then what waits: read in the other order, so that what is done meanwhile is in either.

    What waits has the moment of the request. Its tombstone will be younger, so that in a copy of after the erasure
    whoever registered afresh stays.
    """
    waiting = [
        (bidx, erasure.requested_at)
        for erasure in Erasure.objects.filter(done_at=None).order_by("requested_at", "pk")
        for bidx in sorted(traces(identities(erasure.member_id)))
    ]
    for stone in Tombstone.objects.order_by("erased_at", "bidx").iterator():
        yield bytes(stone.bidx), stone.erased_at
    yield from waiting
