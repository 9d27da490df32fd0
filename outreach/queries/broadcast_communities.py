"""The communities that a broadcast speaks to, by name, in pages."""

from django.db.models import Q, QuerySet

from geo.models import Community
from outreach.errors import BadCursor
from outreach.models import Broadcast
from salesapp.staff.queries.bounded_count import Counted, bounded_count


def communities_of(broadcast: Broadcast) -> QuerySet[Community]:
    """The picked ones, or all of the region."""
    found = Community.objects.below(broadcast.region.path)
    return found.filter(pk__in=broadcast.communities) if broadcast.communities else found


def broadcast_communities(
    broadcast: Broadcast, *, after: str | None = None, limit: int = 50
) -> tuple[list[Community], str | None, Counted]:
    """A page, the next page's cursor, and how many there are. Raises BadCursor."""
    found = communities_of(broadcast)
    rest = found.select_related("region").only("name", "region__name").order_by("name", "pk")
    if after:
        last = found.filter(pk=after).first() if after.isdecimal() and len(after) < 19 else None
        if last is None:
            raise BadCursor
        rest = rest.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    rows = list(rest[: limit + 1])
    return rows[:limit], str(rows[limit - 1].pk) if len(rows) > limit else None, bounded_count(found)
