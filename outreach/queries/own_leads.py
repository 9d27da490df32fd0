"""销售线索: members an employee met who need something and have not bought it since. Masked, and linking nowhere."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.utils import timezone

from geo.sql import load
from members.masking import salutation
from members.models import Need, PublishedFigures
from members.queries.catalogue import categories, published
from outreach.errors import BadCursor
from salesapp.staff.models import Employee
from salesapp.staff.queries.bounded_count import Counted, counted

# LOOKUP_LIMITS and MESSAGE_LIMITS bound what one employee meets in this time
MET_WITHIN = timedelta(days=90)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Lead:
    """``title`` is surname and title, never more; ``at`` is when they were last looked up or written to."""

    title: str
    category: str
    level: Need.Level
    at: datetime
    written_to: bool


@dataclass(frozen=True, slots=True)
class Leads:
    """A page and the cursor of the next; ``as_of`` is when the needs were published."""

    rows: list[Lead]
    following: str | None
    counted: Counted
    as_of: datetime | None


def own_leads(employee: Employee, *, after: str | None = None, limit: int = 50) -> Leads:
    """The last met first. Raises BadCursor."""
    at, place = _read_cursor(after) if after else (None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            load("outreach", "own_leads"),
            {
                "employee": employee.pk, "since": timezone.now() - MET_WITHIN, "after_at": at, "after_place": place,
                "limit": limit + 1,
            },
        )  # fmt: skip
        found = cursor.fetchall()
    rows = [row for row in found if row[1] is not None]
    known = categories()
    page = [
        Lead(
            salutation(surname, title), known[category].name if category in known else "", Need.Level(level), met_at,
            written_to,
        )
        for _number, surname, title, category, level, met_at, written_to, _place in rows[:limit]
    ]  # fmt: skip
    following = None
    if len(rows) > limit:
        *_, last_at, _written_to, last_place = rows[limit - 1]
        following = f"{(last_at - _EPOCH) // timedelta(microseconds=1)}.{last_place}"
    return Leads(page, following, counted(found[0][0]), published().get(PublishedFigures.Kind.NEEDS))


def _read_cursor(text: str) -> tuple[datetime, int]:
    moment, _dot, place = text.partition(".")
    if not (moment.isdecimal() and place.isdecimal() and len(moment) < 17 and len(place) < 10):
        raise BadCursor
    return _EPOCH + timedelta(microseconds=int(moment)), int(place)
