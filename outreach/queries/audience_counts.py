"""How many members of an area can be reached, and how many cannot and why, as counted last night."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from geo.sql import load
from members.models import Need, PublishedFigures
from outreach.models import Channel
from outreach.queries.area import Area

COUNTED_FROM = 4  # o'clock: the nightly figures are built by then
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

    Both are of ``as_of``, None before the first time.
    """

    exact: Counts
    shown: Counts
    as_of: datetime | None


def audience_counts(area: Area, *, category_id: int, min_level: int, channel: Channel) -> AudienceCounts:
    """As last counted, and so the same all day whatever anybody does.

    How ``shown`` is made and what it withstands: docs/adr/0012.
    """
    published = PublishedFigures.objects.filter(kind=PublishedFigures.Kind.AUDIENCE).first()
    if published is None:
        return AudienceCounts(NOBODY, NOBODY, None)
    with connection.cursor() as cursor:
        cursor.execute(
            load("outreach", "audience_counts"),
            {
                "category": category_id, "channel": channel, "path": area.region.path,
                "communities": list(area.communities),
            },
        )  # fmt: skip
        sums = cursor.fetchone()
    return AudienceCounts(_counts(sums[:10], min_level), _counts(sums[10:], min_level), published.as_of)


def counts_are_due() -> bool:
    """Whether tonight's counts were not made yet."""
    now = timezone.localtime()
    night = now.replace(hour=COUNTED_FROM, minute=0, second=0, microsecond=0)
    if night > now:
        night -= timedelta(days=1)
    return not PublishedFigures.objects.filter(kind=PublishedFigures.Kind.AUDIENCE, as_of__gte=night).exists()


def _counts(sums: Sequence[int | None], min_level: int) -> Counts:
    """From the sums along the line, each holding the ones before: five parts of level 4, then five of level 3."""
    parts = [high - low for low, high in pairwise([0, *(int(number or 0) for number in sums)])]
    if min_level == Need.Level.VERY_STRONG:
        return Counts(*parts[:5])
    return Counts(*(strong + stronger for strong, stronger in zip(parts[5:], parts[:5], strict=True)))
