"""Where the map's colours of districts begin."""

from django.db.models import Max

from geo.models import Region
from members.models import RegionStat
from outreach.queries.visible import visible_regions
from salesapp.staff.models import Employee

STEPS = 5


def district_steps(employee: Employee) -> dict[str, list[int]]:
    """Per category code the five counts of potential buyers at which a colour begins, from 0 up.

    Districts differ too much between towns for fixed steps, so these are even ones of a round size, and the
    strongest district in the employee's scope has the last colour. Categories without figures are left out.
    """
    drawn = visible_regions(employee).filter(level__in=[Region.Level.DISTRICT, Region.Level.AREA])
    strongest = (
        RegionStat.objects.filter(region_id__in=drawn.values("id"))
        .values_list("category__code")
        .annotate(most=Max("potential_buyers"))
    )
    return {code: [step * _round_size(most) for step in range(STEPS)] for code, most in strongest}


def _round_size(most: int) -> int:
    """The largest of 1, 2, 5, 10, 20, 50 … that lets the last colour begin at or below ``most``; at least 1."""
    rounds = (digit * 10**zeros for zeros in range(len(str(most))) for digit in (1, 2, 5))
    return max((size for size in rounds if size * (STEPS - 1) <= most), default=1)
