from collections.abc import Callable

from django.db import connection

from geo import sql
from geo.publishing import replacing
from members.intake import wait_for_imports
from members.models import PublishedFigures
from members.scoring.levels import POTENTIAL_BUYER_FROM
from outreach.models import AudienceCell, AudienceMember
from outreach.queries.noise import noise_key


def publish_audience(*, recount: bool = True, tell: Callable[[str], object] = lambda step: None) -> int:
    """Publish who needs what and can be reached how, as of now, from the needs as last published.

    Broadcasts gather their recipients from this: to be run every hour, and after needs, members or addresses were
    loaded. What is shown are counts, which are made anew with ``recount`` alone: every hour would tell what one
    act of the reader's did to them. ``tell`` hears each step. Returns the number of rows. Raises
    geo.errors.TableBusy; then nothing is changed.
    """
    with replacing(AudienceMember, *[AudienceCell] * recount) as cursor:
        wait_for_imports(cursor)
        cursor.execute("select clock_timestamp()")  # before anything is read
        (as_of,) = cursor.fetchone()
        sql.run(cursor, "outreach", "build_audience", {"potential_buyer_from": POTENTIAL_BUYER_FROM}, tell)
        cursor.execute("select count(*) from outreach_audiencemember_new")
        (rows,) = cursor.fetchone()
        if recount:
            sql.run(cursor, "outreach", "count_audience", {"noise_key": noise_key()}, tell)
            PublishedFigures.objects.published(PublishedFigures.Kind.AUDIENCE, as_of)
    if not connection.in_atomic_block:
        # Marks the pages as visible to all, or every reader would look that up row by row until autovacuum comes
        with connection.cursor() as cursor:
            cursor.execute("vacuum outreach_audiencemember, outreach_audiencecell")
    return int(rows)
