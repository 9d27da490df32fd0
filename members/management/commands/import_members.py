from collections.abc import Mapping
from pathlib import Path

from geo.models import ImportRun
from members.actions.import_members import FIELDS, import_members
from members.management.import_command import ImportCommand


class Command(ImportCommand):
    help = f"Load people of one source system. Fields: {', '.join(FIELDS.names)}."

    def load(self, *, path: Path, system: str, columns: Mapping[str, str]) -> ImportRun:
        done = import_members(path=path, system=system, columns=columns, progress=self.progress)
        if done.addresses:
            total = done.addresses.total()
            shares = ", ".join(f"{outcome} {count / total:.1%}" for outcome, count in done.addresses.most_common())
            self.stdout.write(f"addresses: {shares}")
        for reason, count in sorted(done.emails.items()):
            self.stdout.write(f"e-mail addresses not stored, {reason}: {count:,}")
        return done.run
