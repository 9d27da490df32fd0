"""How many members of an area can be reached now, and how many cannot and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from django.db import connection, transaction

from geo.sql import load
from members.models import Need, PublishedFigures
from outreach.models import Channel
from outreach.queries.area import Area

# Longer than any transaction that claims, settles, merges or consents, but for imports, which the build waits for:
# what was under way when the audience was built, with a time before it, is looked at again
UNDER_WAY = timedelta(minutes=1)
LEAST_SHOWN = 5


class Counts(NamedTuple):
    """Each member is counted once, under the first that applies; ``reachable`` if none does."""

    objects: int
    no_address: int
    no_consent: int
    month_used: int
    reachable: int


NOBODY = Counts(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class AudienceCounts:
    """``exact`` never leaves the process; ``shown`` is what readers get: multiples of 5 that add up.

    ``as_of`` is when the needs and addresses were published, None before the first time; all else is of now.
    """

    exact: Counts
    shown: Counts
    as_of: datetime | None


def audience_counts(area: Area, *, category_id: int, min_level: int, channel: Channel) -> AudienceCounts:
    """Exact at this moment, by the needs and addresses of the last published audience.

    How ``shown`` is made and what it withstands: docs/adr/0012.
    """
    published = PublishedFigures.objects.filter(kind=PublishedFigures.Kind.AUDIENCE).first()
    if published is None:
        return AudienceCounts(NOBODY, NOBODY, None)
    with transaction.atomic(), connection.cursor() as cursor:
        # How much has changed decides how it is looked up: a plan kept for any amount would read all messages
        cursor.execute("set local plan_cache_mode = force_custom_plan")
        cursor.execute(
            load("outreach", "audience_counts"),
            {
                "category": category_id, "channel": channel, "path": area.region.path,
                "communities": list(area.communities), "changed_since": published.as_of - UNDER_WAY,
            },
        )  # fmt: skip
        sums = cursor.fetchone()
    return AudienceCounts(_counts(sums[:10], min_level), _counts(sums[10:], min_level), published.as_of)


def _counts(sums: Sequence[int | None], min_level: int) -> Counts:
    """From the sums along the line, each holding the ones before: five parts of level 4, then five of level 3."""
    parts = [high - low for low, high in pairwise([0, *(int(number or 0) for number in sums)])]
    if min_level == Need.Level.VERY_STRONG:
        return Counts(*parts[:5])
    return Counts(*(strong + stronger for strong, stronger in zip(parts[5:], parts[:5], strict=True)))
