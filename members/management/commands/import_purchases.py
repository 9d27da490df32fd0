from collections.abc import Mapping
from pathlib import Path

from geo.models import ImportRun
from members.actions.import_purchases import FIELDS, import_purchases
from members.management.import_command import ImportCommand


class Command(ImportCommand):
    help = f"Load sales of one source system. Fields: {', '.join(FIELDS.names)}."

    def load(self, *, path: Path, system: str, columns: Mapping[str, str]) -> ImportRun:
        return import_purchases(path=path, system=system, columns=columns, progress=self.progress)
