from contextlib import suppress

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued


def defer_code(*, verification: int) -> None:
    """Have a worker send the code once the caller's transaction commits, before messages that nobody waits for.

    A lost job is found by the sweep.
    """
    # A job that is queued already must not undo what the caller writes
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task("send_code", queueing_lock=f"code {verification}", priority=1).defer(
            verification=verification
        )
