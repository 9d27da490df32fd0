from datetime import datetime
from typing import cast

from django.db import connection


def database_now() -> datetime:
    """The database's time. What cannot be taken back goes by it: a machine's own clock may be days off."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        (moment,) = cursor.fetchone()
    return cast(datetime, moment)
