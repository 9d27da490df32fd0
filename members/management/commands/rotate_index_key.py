from typing import Any

from django.core.management.base import BaseCommand, CommandError

from members.actions.rotate_index_key import rotate_index_key
from members.errors import CannotRotate
from members.index_key import IndexKeyMissing


class Command(BaseCommand):
    help = (
        "Make all keyed hashes anew with the newest key of INDEX_KEY. First put that key in front (new,old) and restart"
        " every process; docs/privacy.md. May be stopped and run again."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            generation = rotate_index_key(progress=self.stderr.write)
        except IndexKeyMissing:
            raise CommandError("INDEX_KEY lacks a key that is in use") from None
        except CannotRotate as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"all hashes are made with key {generation} of INDEX_KEY, counted from the right")
