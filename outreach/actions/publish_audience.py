from collections.abc import Callable

from django.db import connection

from geo import sql
from geo.publishing import replacing
from members.intake import wait_for_imports
from members.models import PublishedFigures
from members.scoring.levels import POTENTIAL_BUYER_FROM
from outreach.models import AudienceMember
from outreach.queries.noise import noise_key


def publish_audience(*, tell: Callable[[str], object] = lambda step: None) -> int:
    """Publish who needs what and can be reached how, as of now, from the needs as last published.

    Counts read this and what changed since, so they are exact at any time, and quick while little has changed:
    to be run every hour, and after needs, members or addresses were loaded. ``tell`` hears each step. Returns
    the number of rows. Raises geo.errors.TableBusy; then nothing is changed.
    """
    with replacing(AudienceMember) as cursor:
        wait_for_imports(cursor)
        # By the clock that stamps claims and consents, and before anything is read
        cursor.execute("select clock_timestamp()")
        (as_of,) = cursor.fetchone()
        parameters = {"potential_buyer_from": POTENTIAL_BUYER_FROM, "noise_key": noise_key()}
        sql.run(cursor, "outreach", "build_audience", parameters, tell)
        cursor.execute("select count(*) from outreach_audiencemember_new")
        (rows,) = cursor.fetchone()
        PublishedFigures.objects.published(PublishedFigures.Kind.AUDIENCE, as_of)
    if not connection.in_atomic_block:
        # Marks the pages as visible to all: without it an index alone cannot answer
        with connection.cursor() as cursor:
            cursor.execute("vacuum outreach_audiencemember")
    return int(rows)
