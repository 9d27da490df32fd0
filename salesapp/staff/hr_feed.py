"""HR's list of the employees: a file, or a directory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.module_loading import import_string

from geo.file_bounds import held, weight
from geo.intake import Row, UnreadableFile, read_table
from salesapp.staff.errors import EmployeesNotImported
from salesapp.staff.permissions import Role

FIELDS = ("employee_no", "name", "role", "region", "store", "state", "as_of")
# Named, not imported: who has no directory needs none of its library
_DIRECTORY = "salesapp.staff.hr_directory"


def state_of_file(path: Path) -> tuple[int, int]:
    """(nanoseconds of the last change, bytes): other ones where it was written to. Raises OSError."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size


@dataclass(frozen=True, slots=True)
class Feed:
    """Where the list is and how to read it. Raises EmployeesNotImported for what cannot be meant.

    ``columns`` renames: {column or attribute: field}. ``roles`` translates: {HR's word: role}.
    """

    address: str  # a path, or ldaps://…
    columns: Mapping[str, str]
    roles: Mapping[str, str]

    def __post_init__(self) -> None:
        if unknown := sorted(set(self.columns.values()) - set(FIELDS)):
            raise EmployeesNotImported(f"no field {', '.join(unknown)}; fields are {', '.join(FIELDS)}")
        if unknown := sorted(set(self.roles.values()) - set(Role.values)):
            raise EmployeesNotImported(f"no role {', '.join(unknown)}; roles are {', '.join(Role.values)}")
        if self.is_directory:
            if not self.columns:
                raise EmployeesNotImported("a directory's attributes must be named: ATTRIBUTE=FIELD")
            try:
                import_string(f"{_DIRECTORY}.parse_address")(self.address)
            except ImportError:
                raise EmployeesNotImported(
                    "the package for directories is not installed: pip install salesapp[ldap]"
                ) from None

    @classmethod
    def of_settings(cls) -> "Feed":
        """What the worker reads."""
        if not settings.HR_FEED:
            raise EmployeesNotImported("HR_FEED is not set")
        return cls(settings.HR_FEED, settings.HR_COLUMNS, settings.HR_ROLES)

    @property
    def is_directory(self) -> bool:
        return "://" in self.address

    @property
    def name(self) -> str:
        """For people: the file's name, or the directory's host."""
        return (urlsplit(self.address).hostname or "") if self.is_directory else Path(self.address).name

    def read(self) -> tuple[list[Row], datetime]:
        """All rows, and the moment after which they cannot have been written: of a directory when it was asked.

        Raises EmployeesNotImported.
        """
        if self.is_directory:
            asked_at = timezone.now()
            return list(import_string(f"{_DIRECTORY}.read_directory")(self.address, list(self.columns))), asked_at
        path = Path(self.address)
        try:
            state = state_of_file(path)
            rows = list(held(self._rows(path), lambda row: weight(row.values)))
            if state_of_file(path) != state:
                # Half of it may be of the new list, and who is only in the other half would leave
                raise EmployeesNotImported(f"{path.name} was written to while it was read", "written_to")
        except FileNotFoundError:
            raise EmployeesNotImported(f"there is no file {path}") from None
        except UnreadableFile as error:
            raise EmployeesNotImported(f"{path.name}: {error}", error.reason) from None
        nanoseconds, _size = state
        written_at = datetime.fromtimestamp(nanoseconds / 1e9, timezone.get_current_timezone())
        return rows, written_at

    def _rows(self, path: Path) -> Iterator[Row]:
        """The rows with no more than the columns that mean something here: all are held at once."""
        wanted = {*self.columns, *FIELDS}
        for row in read_table(path):
            row.values = {name: value for name, value in row.values.items() if name in wanted}
            yield row
