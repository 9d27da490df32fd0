"""What the import commands share: arguments, progress, and errors as sentences."""

from argparse import RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error

from geo.intake import Step, UnreadableFile
from geo.management.arguments import print_run
from geo.models import ImportRun
from members.errors import ImportCannotStart
from members.intake import Fields
from members.vault import NoDataKey


def epilog(fields: Fields, values: str, formats: str, file: Sequence[str], call: str) -> str:
    """What --help says after the arguments: fields with the needed ones marked, values, and an example."""
    needed = " and ".join(" or ".join(group) for group in fields.needed)
    names = ", ".join(f"{name}*" if any(name in group for group in fields.needed) else name for name in fields.names)
    paragraphs = [f"fields: {names}", f"* needed: {needed}", values, formats]
    wrapped = [fill(paragraph, width=78, break_on_hyphens=False) for paragraph in paragraphs]
    return "\n".join([*wrapped, "", "example of a file:", *(f"  {line}" for line in file), "", f"example: {call}"])


class ImportCommand(BaseCommand):
    """A command that reads one file, of one source system unless ``has_system`` is off."""

    epilog = ""
    has_system = True
    after_error = "nothing was loaded"

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django's own formatter would run the lines of the example together
        parser = super().create_parser(prog_name, subcommand, epilog=self.epilog, **kwargs)
        parser.formatter_class = RawDescriptionHelpFormatter
        return parser

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="CSV (also .gz), Excel (.xlsx) or Parquet")
        if self.has_system:
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
            run = self.load(path=path, system=options.get("system", ""), columns=columns)
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
                f"{path.name}: the database refused it ({type(error).__name__}); {self.after_error}"
            ) from None
        print_run(self.stdout, run, {})

    def load(self, *, path: Path, system: str, columns: Mapping[str, str]) -> ImportRun:
        """Call the action, print what only it knows."""
        raise NotImplementedError

    def progress(self, step: Step) -> None:
        self.stderr.write(str(step))
