import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from members.actions.replay_erasures import replay_erasures
from members.index_key import read_generation
from members.management.commands.export_erasures import HEAD
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
        since, tombstones = _read(options["file"])
        if since > read_generation():
            raise CommandError("the file is of a newer index key than this database: run rotate_index_key first")
        members, missing = replay_erasures(tombstones=tombstones, since=since)
        self.stdout.write(
            f"{len(tombstones)} erased addresses and records, {missing} of them missing here;"
            f" {members} members erased again"
        )


def _read(path: Path) -> tuple[int, list[tuple[bytes, datetime]]]:
    """The generation of the index key, and the tombstones."""
    first, *lines = path.read_bytes().splitlines() or [b""]
    named = re.fullmatch(rf"{HEAD}([0-9]{{1,4}})".encode(), first)
    if named is None:
        raise CommandError("line 1 is none that export_erasures wrote")
    return int(named[1]), list(_tombstones(lines))


def _tombstones(lines: Iterable[bytes]) -> Iterator[tuple[bytes, datetime]]:
    for number, line in enumerate(lines, start=2):
        try:
            bidx, moment = line.decode("ascii").split()
            erased = bytes.fromhex(bidx), datetime.fromisoformat(moment)
        except ValueError:
            erased = b"", datetime.min
        if len(erased[0]) != BIDX_BYTES or erased[1].tzinfo is None:
            raise CommandError(f"line {number} is none that export_erasures wrote")
        yield erased
