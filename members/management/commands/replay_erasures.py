from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from members.actions.replay_erasures import replay_erasures
from members.vault import BIDX_BYTES


class Command(BaseCommand):
    help = (
        "After the restore of a backup: erase again who had been erased since it was made, from what export_erasures"
        " wrote. To be run by the tables' owner before anybody works with the database again. Safe to repeat."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        # All of it is read before anything is erased
        tombstones = list(_read(options["file"]))
        members, missing = replay_erasures(tombstones=tombstones)
        self.stdout.write(
            f"{len(tombstones)} erased addresses, {missing} of them missing here; {members} members erased again"
        )


def _read(path: Path) -> Iterator[tuple[bytes, datetime]]:
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        try:
            bidx, moment = line.decode("ascii").split()
            erased = bytes.fromhex(bidx), datetime.fromisoformat(moment)
        except ValueError:
            erased = b"", datetime.min
        if len(erased[0]) != BIDX_BYTES or erased[1].tzinfo is None:
            raise CommandError(f"line {number} is none that export_erasures wrote")
        yield erased
