"""Communities of one's scope with their figures, in pages."""

import base64
import binascii
from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

from django.db import connection

from geo.models import Region
from geo.sql import load
from members.models import PublishedFigures
from members.queries.catalogue import category_id
from outreach.errors import BadCursor
from outreach.queries.visible import visible_communities, visible_regions
from salesapp.staff.models import Employee
from salesapp.staff.queries.bounded_count import Counted, bounded_count
from salesapp.staff.queries.scope import region_path_of

MOST_ROWS = 200


class Count(TypedDict):
    """A protected count: ``count`` is a multiple of 5, or None with the label "<5"."""

    count: int | None
    label: str


class CommunityRow(TypedDict):
    id: int
    name: str
    region: str
    households: int | None
    potential_buyers: Count
    owning_households: Count
    coverage: int | None


def protected(count: int | None) -> Count:
    """A stored protected count with the way it is shown."""
    return {"count": count, "label": "<5" if count is None else str(count)}


def figures_as_of() -> datetime | None:
    """When the community statistics were published."""
    kind = PublishedFigures.Kind.COMMUNITY_STATS
    return PublishedFigures.objects.filter(kind=kind).values_list("as_of", flat=True).first()


def community_list(
    employee: Employee, *, category: str, region_id: int | None = None, after: str | None = None, limit: int = 50
) -> tuple[Sequence[CommunityRow], str | None]:
    """Communities of a region (default: the whole scope), most potential buyers first, and the next page's cursor.

    Raises Region.DoesNotExist outside the scope, Category.DoesNotExist, BadCursor.
    """
    path = (
        region_path_of(employee)
        if region_id is None
        else visible_regions(employee).values_list("path", flat=True).get(id=region_id)
    )
    if path is None:
        raise Region.DoesNotExist
    limit = max(1, min(limit, MOST_ROWS))
    strength, last_id = _read_cursor(after) if after else (None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            load("outreach", "community_list"),
            {
                "path": path,
                "category": category_id(category),
                "strength": strength,
                "last_id": last_id,
                "limit": limit + 1,
            },
        )
        rows = cursor.fetchall()
    page = [_row(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return page, None
    last = page[-1]
    potential = last["potential_buyers"]["count"]
    return page, _write_cursor(-1 if potential is None else potential, last["id"])


def count_communities(employee: Employee) -> Counted:
    """How many the whole list has."""
    return bounded_count(visible_communities(employee))


def _row(row: Sequence[Any]) -> CommunityRow:
    community_id, name, region, households, potential, owning, coverage = row
    return {
        "id": community_id,
        "name": name,
        "region": region,
        "households": households,
        "potential_buyers": protected(potential),
        "owning_households": protected(owning),
        "coverage": coverage,
    }


def _write_cursor(strength: int, community_id: int) -> str:
    return base64.urlsafe_b64encode(f"{strength}:{community_id}".encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[int, int]:
    try:
        strength, community_id = base64.urlsafe_b64decode(text + "==").decode().split(":")
        if max(abs(int(strength)), abs(int(community_id))) >= 2**31:
            raise BadCursor
        return int(strength), int(community_id)
    except (ValueError, binascii.Error):
        raise BadCursor from None
