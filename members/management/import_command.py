"""What the import commands share: arguments, progress, and errors as sentences."""

from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from geo.intake import UnreadableFile
from geo.models import ImportRun
from members.errors import ImportCannotStart
from members.vault import NoDataKey


class ImportCommand(BaseCommand):
    """A command that reads one file of one source system."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="CSV (also .gz), Excel (.xlsx) or Parquet")
        parser.add_argument(
            "--system", required=True, metavar="NAME", help="the source system: a to z, 0 to 9, - and _"
        )
        parser.add_argument(
            "--map", action="append", default=[], metavar="COLUMN=FIELD", help="the file's name for a field; repeatable"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"there is no file {path}")
        columns: dict[str, str] = {}
        for pair in options["map"]:
            column, equals, field = pair.rpartition("=")
            if not equals or not column or not field:
                raise CommandError(f"--map takes COLUMN=FIELD, not {pair}")
            columns[column] = field
        try:
            run = self.load(path=path, system=options["system"], columns=columns)
        except (ImportCannotStart, UnreadableFile) as error:
            raise CommandError(f"{path.name}: {error}") from None
        except NoDataKey:
            raise CommandError(
                "DATA_KEYS is not set: phone numbers are stored encrypted, and this process has no key to do it with."
                " Set DATA_KEYS=name:key, where the key is the output of `openssl rand -base64 32`."
            ) from None
        except Error as error:
            # the server's own text may quote a row
            raise CommandError(
                f"{path.name}: the database refused it ({type(error).__name__}); nothing was loaded"
            ) from None
        self._print(run)

    def load(self, *, path: Path, system: str, columns: Mapping[str, str]) -> ImportRun:
        """Call the action, print what only it knows."""
        raise NotImplementedError

    def progress(self, text: str) -> None:
        self.stderr.write(text)

    def _print(self, run: ImportRun) -> None:
        self.stdout.write(
            f"{run.rows:,} rows: {run.created:,} created, {run.merged:,} merged or updated,"
            f" {run.unchanged:,} unchanged, {run.refused:,} refused"
        )
        for reason, count in sorted(run.reasons.items()):
            self.stdout.write(f"  {reason}: {count:,}")
        if run.refused:
            self.stdout.write(f"refused lines are listed in {run.report}")
