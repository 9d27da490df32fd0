"""相似小区: communities of one's scope that resemble one of them."""

from typing import NamedTuple

from django.db import connection

from geo.models import Community
from geo.sql import load
from outreach.queries.visible import visible_communities
from salesapp.staff.models import Employee
from salesapp.staff.queries.scope import region_path_of

MOST_ALIKE = 5
COMPARED_CLOSELY = 200


class LookAlike(NamedTuple):
    """``x`` and ``y`` are degrees as the map draws them; None for one that is on lists only."""

    id: int
    name: str
    region: str
    build_year: int | None
    households: int | None
    price_tier: int | None
    x: float | None
    y: float | None


def look_alikes(employee: Employee, community_id: int) -> list[LookAlike]:
    """The most alike first, by published facts and figures alone; empty where none is, or too little is known.

    sql/look_alikes.sql says what the distance is. Raises Community.DoesNotExist for one outside the scope.
    """
    path = region_path_of(employee)
    if path is None or not visible_communities(employee).filter(pk=community_id).exists():
        raise Community.DoesNotExist
    asked: dict[str, int | str] = {"id": community_id, "path": path, "near": COMPARED_CLOSELY, "most": MOST_ALIKE}
    with connection.cursor() as cursor:
        cursor.execute(load("outreach", "look_alikes"), asked)
        return [LookAlike(*row) for row in cursor.fetchall()]
