"""What came of the one-to-one messages of one's team: protected figures of last night (docs/adr/0013)."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection
from django.db.models import QuerySet, Sum

from geo.sql import load
from members.models import PublishedFigures
from members.queries.catalogue import published
from outreach.errors import BadCursor
from outreach.models import TeamWeek
from outreach.queries.own_messages import Sums, first_week
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Role
from salesapp.staff.queries.bounded_count import Counted, bounded_count
from salesapp.staff.queries.scope import region_path_of

IN_THE_FIELD = (Role.SALESPERSON, Role.MANAGER)


@dataclass(frozen=True, slots=True)
class Person:
    """``sums`` are multiples of 5, of the last year."""

    name: str
    store: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class People:
    rows: list[Person]
    following: str | None
    counted: Counted


def team_as_of() -> datetime | None:
    return published().get(PublishedFigures.Kind.TEAM_WEEKS)


def team_weeks(employee: Employee) -> dict[date, Sums]:
    """Of everybody of the region and below, leavers included, by the Monday of the week."""
    path = region_path_of(employee)
    if path is None:
        return {}
    rows = (
        TeamWeek.objects.filter(week__gte=first_week(), employee__region__path__startswith=path)
        .values_list("week")
        .annotate(Sum("messages"), Sum("replies"), Sum("opted_out"), Sum("sales"))
    )
    return {week: Sums(*numbers) for week, *numbers in rows}


def team_people(employee: Employee, *, after: str | None = None, limit: int = 50) -> People:
    """Salespeople and managers who work here now, most messages first. Raises BadCursor."""
    path = region_path_of(employee)
    if path is None:
        return People([], None, Counted(0))
    messages, last_id = _read_cursor(after) if after else (None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            load("outreach", "team_people"),
            {
                "path": path, "first_week": first_week(), "messages": messages, "last_id": last_id, "limit": limit + 1,
            },
        )  # fmt: skip
        rows = cursor.fetchall()
    page = [Person(name, store, Sums(*sums)) for _id, name, store, *sums in rows[:limit]]
    following = f"{rows[limit - 1][3]}.{rows[limit - 1][0]}" if len(rows) > limit else None
    return People(page, following, bounded_count(_team(path)))


def _team(path: str) -> QuerySet[Employee]:
    return Employee.objects.filter(region__path__startswith=path, disabled_at=None, role__in=IN_THE_FIELD)


def _read_cursor(text: str) -> tuple[int, int]:
    messages, _dot, last_id = text.partition(".")
    if not (messages.isdecimal() and last_id.isdecimal() and len(messages) < 10 and len(last_id) < 19):
        raise BadCursor
    return int(messages), int(last_id)
