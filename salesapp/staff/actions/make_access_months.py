from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

AHEAD = timedelta(days=62)


@transaction.atomic
def make_access_months() -> int:
    """Make the tables of the access log for this month and the two to come, where they are not there; how many."""
    today = timezone.now().date()
    with connection.cursor() as cursor:
        cursor.execute("select staff_make_access_months(%s, %s)", [today, today + AHEAD])
        (made,) = cursor.fetchone()
    return int(made)
