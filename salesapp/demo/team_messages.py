"""What the town's salespeople have written so far, so that their results and their managers' have something to tell."""

from datetime import date

from django.db import connection, transaction

from geo.sql import load
from members.models import PublishedFigures
from outreach.models import Message
from salesapp.demo import planted

# For each salesperson, in half a year
SOLD, OPTED_OUT, OPEN = 60, 12, 380


@transaction.atomic
def write_team_messages(*, as_of: date, seed: int) -> None:
    """The messages of half a year, where there is none yet. Needs the members' needs."""
    if Message.objects.exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(
            load("salesapp.demo", "team_messages"),
            {
                "as_of": as_of, "seed": seed, "sold": SOLD, "opted_out": OPTED_OUT, "open": OPEN,
                "kept": len(planted.STORY),
            },
        )  # fmt: skip
    # The weeks of an earlier town are none of this one's: they are all built anew
    PublishedFigures.objects.filter(kind=PublishedFigures.Kind.TEAM_WEEKS).delete()
