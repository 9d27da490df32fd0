from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from members.index_key import generation, steady_hashes
from members.models import Tombstone

HEAD = "index key "


class Command(BaseCommand):
    help = (
        "Write which index key is in use, and a line for each erased address and record: keyed hash and moment. Keep"
        " the file apart from the database's backups, and at least as long: after a restore replay_erasures needs it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        # Whole or not at all: the file from yesterday is better than half of today's
        unfinished = options["file"].with_name(options["file"].name + ".part")
        with unfinished.open("w", encoding="ascii") as file, transaction.atomic(), steady_hashes():
            file.write(f"{HEAD}{generation()}\n")
            for stone in Tombstone.objects.order_by("erased_at", "bidx").iterator():
                file.write(f"{bytes(stone.bidx).hex()} {stone.erased_at.isoformat()}\n")
                count += 1
        unfinished.replace(options["file"])
        self.stdout.write(f"{count} erased addresses and records")
