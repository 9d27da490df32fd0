"""Whether messages leave at the moment, for those who wait for theirs to."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from geo.sql import load


@dataclass(frozen=True, slots=True)
class SendingState:
    """``closed_until`` is set while all is closed after a restore."""

    on: bool
    closed_until: datetime | None
    night: bool


def sending_state() -> SendingState:
    with connection.cursor() as cursor:
        cursor.execute(load("outreach", "sending_state"))
        return SendingState(*cursor.fetchone())
