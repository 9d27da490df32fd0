import structlog
from django.db import connection

log = structlog.get_logger(__name__)


def switch_sending(*, on: bool, by: str) -> None:
    """The kill switch over all channels and workers. ``by`` says who, for the log.

    When this returns after "off", nothing is handed over any more: hand-overs under way were waited for. What
    waits leaves when sending is on again, or expires.
    """
    with connection.cursor() as cursor:
        cursor.execute("select outreach_set_sending(%s)", [on])
    log.warning("sending switched", on=on, by=by)
