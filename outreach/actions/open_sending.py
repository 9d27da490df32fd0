import structlog
from django.db import connection

log = structlog.get_logger(__name__)


def open_sending(*, generation: int, closed_hours: int, by: str) -> None:
    """An operator vouches that this database, perhaps restored or moved, is the one that sends from now on.

    ``generation`` must be higher than any before (IntegrityError otherwise) and be given to the senders as
    SENDING_GENERATION: those of another copy have the old one. ``closed_hours`` keeps everything closed: after
    a restore, sends may have been forgotten, and only a month, or the provider's own records, make that good.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select outreach_open_sending(%s, clock_timestamp() + make_interval(hours => %s::integer))",
            [generation, closed_hours],
        )
    log.warning("sending opened", generation=generation, closed_hours=closed_hours, by=by)
