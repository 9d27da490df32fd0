from django.db import connection

BATCH = 500


def reap_messages() -> int:
    """Settle what dead processes left: handed over without an answer is unknown, never handed over is not sent.

    Returns how many. Nothing is ever sent again by this; the month of what is unknown stays used.
    """
    reaped = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute("select outreach_reap(%s)", [BATCH])
            now = int(cursor.fetchone()[0])
        reaped += now
        if now < BATCH:
            return reaped
