from contextlib import suppress

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from members.models import FileImport

TASK = "work_on_import"


def defer_import(*, file_import: FileImport, in_seconds: int = 0) -> None:
    """Have a worker do what the import's state says, once the caller's transaction commits."""
    # What salespeople wait for goes first
    deferrer = app.configure_task(
        TASK, queueing_lock=file_import.lock, priority=-1, schedule_in={"seconds": in_seconds} if in_seconds else None
    )
    # A refused second job must not end the caller's transaction
    with suppress(AlreadyEnqueued), transaction.atomic():
        deferrer.defer(file_import=file_import.pk)
