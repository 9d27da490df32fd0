"""Who is at an import: advisory locks of sessions, which end with the worker that took them."""

from django.db import connection

from geo.sql import load
from members.models import FileImport


def is_held(file_import: FileImport) -> bool:
    """Whether a worker is at it now."""
    with connection.cursor() as cursor:
        cursor.execute(load("members", "import_lock_held"), [file_import.lock])
        (held,) = cursor.fetchone()
    return bool(held)


def is_lost(file_import: FileImport) -> bool:
    """Whether the worker that was at it has died."""
    return file_import.is_worked_on and file_import.begun_at is not None and not is_held(file_import)
