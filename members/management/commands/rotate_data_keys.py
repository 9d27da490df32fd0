from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from members.actions.rotate_data_keys import keys_in_use, rotate_data_keys
from members.vault import NoDataKey


class Command(BaseCommand):
    help = (
        "Encrypt everything with the first of DATA_KEYS. First put the new key in front of the old ones and restart"
        " senders and importers; docs/privacy.md. May be stopped and run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true", help="only count what each key still opens")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            try:
                _, closed = rotate_data_keys(progress=self.stderr.write)
            except NoDataKey:
                raise CommandError("DATA_KEYS is not set: this process cannot encrypt") from None
            if closed:
                raise CommandError(f"{closed:,} values do not open with these DATA_KEYS")
        for name, count in sorted(keys_in_use().items()):
            self.stdout.write(f"key {name}: {count:,} values")
