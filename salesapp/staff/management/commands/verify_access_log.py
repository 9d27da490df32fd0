import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from salesapp.staff.errors import NoAuditKey
from salesapp.staff.models import AccessBlock
from salesapp.staff.queries.access_chain import Fault, check_chain, read_heads, unsealed

TOLD_EVERY = 5.0  # seconds
LATE = 600  # seconds after which what is not sealed should have been


class Command(BaseCommand):
    help = (
        "Prove that the log of who looked up whom is as it was sealed. Ends with 0 where it is, with 1 and the first"
        " bad block where it is not, with 2 where nothing can be proved. Needs AUDIT_KEYS."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--heads", default=settings.AUDIT_HEAD_FILE,
            help="file of heads that was kept elsewhere, or the worker's log: without one, blocks cut off at the end"
            " are not missed (AUDIT_HEAD_FILE)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            heads = _heads(options["heads"])
        except (OSError, ValueError):
            raise CommandError("the file of heads cannot be read", returncode=2) from None
        total = AccessBlock.objects.count()
        blocks, entries, began = 0, 0, time.monotonic()
        told = began
        try:
            for found in check_chain(heads):
                if isinstance(found, Fault):
                    raise CommandError(f"block {found.block}: {found.what}", returncode=1)
                blocks, entries = blocks + 1, entries + found.entries
                if time.monotonic() - told > TOLD_EVERY:
                    told = time.monotonic()
                    self.stdout.write(f"{blocks:,} of {total:,} blocks, {entries / (told - began):,.0f} entries/s")
        except NoAuditKey:
            raise CommandError("AUDIT_KEYS lacks the key of a block", returncode=2) from None
        if not blocks:
            raise CommandError("no block is sealed, so nothing is proved", returncode=2)
        took = max(time.monotonic() - began, 1e-9)
        kept = (
            f"; {len(heads):,} heads kept elsewhere agree"
            if heads
            else "; no heads kept elsewhere: that blocks were cut off at the end is not excluded"
        )
        self.stdout.write(
            f"sound: {blocks:,} blocks, {entries:,} entries in {took:.1f} s ({entries / took:,.0f} a second){kept}"
        )
        tail = unsealed()
        if tail.since:
            self.stdout.write(f"not sealed yet: {tail.entries:,} entries since {tail.since:%Y-%m-%d %H:%M:%S} UTC")
            if time.time() - tail.since.timestamp() > LATE:
                raise CommandError("nobody seals: is a worker with AUDIT_KEYS running?", returncode=2)


def _heads(path: str) -> list[tuple[int, bytes]]:
    """Raises OSError and ValueError."""
    if not path:
        return []
    with Path(path).open(encoding="utf-8") as lines:
        return read_heads(lines)
