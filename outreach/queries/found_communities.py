"""Communities of one's scope by a part of a name, also one that a source or an alias gives them."""

from typing import NamedTuple

from django.db import connection

from geo.matching.names import name_key
from geo.sql import load
from salesapp.staff.models import Employee
from salesapp.staff.queries.bounded_count import Counted
from salesapp.staff.queries.scope import region_path_of

MOST_FOUND = 20


class FoundCommunity(NamedTuple):
    """``x`` and ``y`` are degrees as the map draws them; None for one that is on lists only."""

    id: int
    name: str
    region: str
    x: float | None
    y: float | None


def found_communities(employee: Employee, typed: str) -> tuple[list[FoundCommunity], Counted]:
    """At most MOST_FOUND, and how many there are."""
    key, path = name_key(typed.replace("\0", "")[:40]), region_path_of(employee)
    if not key or path is None:
        return [], Counted(0)
    with connection.cursor() as cursor:
        cursor.execute(load("outreach", "find_communities"), {"key": key, "path": path, "most": MOST_FOUND})
        rows = cursor.fetchall()
    return [FoundCommunity(*row) for *row, _total in rows], Counted(rows[0][-1] if rows else 0)
