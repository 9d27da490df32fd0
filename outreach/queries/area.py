"""The part of the map that a broadcast speaks to."""

from collections.abc import Sequence
from dataclasses import dataclass

from geo.models import Community, Region
from outreach.queries.visible import visible_communities, visible_regions
from salesapp.staff.models import Employee

MOST_COMMUNITIES = 500


@dataclass(frozen=True, slots=True)
class Area:
    """A region, or the picked communities in it where there are any."""

    region: Region
    communities: tuple[int, ...] = ()


def area_of(employee: Employee, *, region_id: int | None, community_ids: Sequence[int]) -> Area:
    """The area in the employee's scope: a region (default: the own one), or the picked communities within it.

    Raises Region.DoesNotExist or Community.DoesNotExist for what is not the employee's to see.
    """
    region = visible_regions(employee).get(id=region_id or employee.region_id or 0)
    picked = tuple(sorted(set(community_ids)))
    found = visible_communities(employee).filter(id__in=picked, region_path__startswith=region.path)
    if found.count() != len(picked):
        raise Community.DoesNotExist
    return Area(region, picked)
