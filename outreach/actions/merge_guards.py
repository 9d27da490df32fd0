from django.db import connection

from members.errors import CannotMerge


def merge_guards(loser: int, winner: int) -> None:
    """The later hold for both, nothing that waits leaves within it, and the loser is never written to again.

    Takes the guards' locks, so it comes before everything else of a merge. Raises CannotMerge where either was
    merged away before.
    """
    with connection.cursor() as cursor:
        cursor.execute("select outreach_merge(%s, %s)", [loser, winner])
        if not cursor.fetchone()[0]:
            raise CannotMerge("one of the two was merged into somebody before; name the member they are now")
