from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from geo.sql import load
from members.models import PublishedFigures
from members.vault import first_hash
from outreach.models import TeamWeek
from outreach.queries.own_messages import ATTRIBUTION_DAYS, first_week, monday_of

KIND = PublishedFigures.Kind.TEAM_WEEKS
# Purchases count so long, and are told up to a week late
GROWS = timedelta(days=ATTRIBUTION_DAYS + 7)


@transaction.atomic
def publish_team_weeks() -> int:
    """Build the weeks anew that still grow, or whose growth a run that was missed did not see.

    Safe to run at any time. Readers see the old rows until it commits. Returns the number of rows built.
    """
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('publish outreach_teamweek', 0))")
        before = PublishedFigures.objects.filter(kind=KIND).values_list("as_of", flat=True).first()
        since = timezone.localdate(before) - GROWS if before else first_week()
        start = monday_of(since)
        TeamWeek.objects.filter(week__gte=start).delete()
        cursor.execute(load("outreach", "build_team_weeks"), _parameters(start))
        rows: int = cursor.rowcount
    PublishedFigures.objects.published(KIND, now)
    return rows


def _parameters(start: date) -> dict[str, date | int | bytes]:
    return {"first_week": start, "attribution_days": ATTRIBUTION_DAYS, "noise_key": first_hash("team_weeks", "")}
