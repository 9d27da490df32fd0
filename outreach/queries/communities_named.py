"""Communities by the beginning of their name, for a member who looks for their own."""

from geo.models import Community
from salesapp.staff.queries.bounded_count import Counted, bounded_count

MOST = 20
SHORTEST = 2  # characters


def communities_named(text: str) -> tuple[list[Community], Counted]:
    """Up to 20, each with its district, and how many there are; none for a single character."""
    text = text.replace("\0", "")
    if not SHORTEST <= len(text) <= 120:
        return [], Counted(0)
    named = Community.objects.filter(name__startswith=text)
    rows = list(named.select_related("district", "city").order_by("name", "pk")[: MOST + 1])
    return rows[:MOST], bounded_count(named) if len(rows) > MOST else Counted(len(rows))
