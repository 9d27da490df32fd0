"""What of the map an employee may see. Builds on the one rule of scope: own region and below."""

from math import atan, degrees, sinh

from django.db import connection
from django.db.models import QuerySet

from geo.models import Community, Region
from geo.sql import load
from salesapp.staff.models import Employee
from salesapp.staff.queries.scope import region_path_of

EARTH_RADIUS = 6378137.0  # metres, of Web Mercator's sphere


def visible_regions(employee: Employee) -> QuerySet[Region]:
    """The employee's region and everything below it."""
    path = region_path_of(employee)
    return Region.objects.none() if path is None else Region.objects.below(path)


def visible_communities(employee: Employee) -> QuerySet[Community]:
    """Communities of the employee's region and below."""
    path = region_path_of(employee)
    return Community.objects.none() if path is None else Community.objects.below(path)


def sees_one_district(employee: Employee) -> bool:
    """Whether all that the employee may see lies in one district, so that comparing districts means nothing."""
    path = region_path_of(employee)
    return path is None or holds_one_district(path)


def holds_one_district(path: str) -> bool:
    return len(Region.objects.below(path).filter(level=Region.Level.DISTRICT)[:2]) < 2


def map_bounds(employee: Employee) -> tuple[float, float, float, float] | None:
    """West, south, east, north in degrees of the display CRS of where the employee has something to see.

    Of the boundaries of regions that hold communities, else of the communities' points; None without either.
    """
    path = region_path_of(employee)
    if path is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(load("outreach", "map_bounds"), {"path": path})
        (box,) = cursor.fetchall()
    if box[0] is None:
        return None
    west, south, east, north = (float(metres) / EARTH_RADIUS for metres in box)
    return degrees(west), degrees(atan(sinh(south))), degrees(east), degrees(atan(sinh(north)))
