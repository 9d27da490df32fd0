"""Entries of the access log by what a privacy officer asks for, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Q, QuerySet

from salesapp.staff.models import AccessBlock, AccessEntry

MOST_COUNTED = 20_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What the entries have in common; what is None is not asked for. ``until`` itself does not belong to the span.

    ``members`` and ``hashes``, of a number, are ways to the same person: any is enough.
    """

    employee_id: int | None = None
    store_id: int | None = None
    members: Sequence[int] = ()
    hashes: Sequence[bytes] = ()
    reason: str = ""
    since: datetime | None = None
    until: datetime | None = None


def entries_asked_for(asked: Asked) -> QuerySet[AccessEntry]:
    """In descending order of their numbers, by which they are paged."""
    found = AccessEntry.objects.order_by("-id")
    if asked.employee_id is not None:
        found = found.filter(employee=asked.employee_id)
    if asked.store_id is not None:
        found = found.filter(store=asked.store_id)
    if asked.hashes:
        found = found.filter(Q(address_hash__in=asked.hashes) | Q(member_id__in=asked.members))
    elif asked.members:
        found = found.filter(member_id__in=asked.members)
    if asked.reason:
        found = found.filter(reason=asked.reason)
    return _in_span(found, asked.since, asked.until)


def _in_span(entries: QuerySet[AccessEntry], since: datetime | None, until: datetime | None) -> QuerySet[AccessEntry]:
    """There is no index on the time: blocks say which numbers can lie in a span, and the rest is compared."""
    if since is not None:
        # All of a block was there when it was sealed
        before = AccessBlock.objects.filter(sealed_at__lt=since, forgets=False).order_by("-sealed_at").first()
        entries = entries.filter(at__gte=since, id__gt=before.last_id if before else 0)
    if until is not None:
        entries = entries.filter(at__lt=until)
        newest = AccessBlock.objects.order_by("-number").first()
        if newest and newest.first_at and newest.first_at >= until:
            # Every block behind this one begins later
            last = AccessBlock.objects.filter(first_at__lt=until).aggregate(last=Max("last_id"))["last"]
            entries = entries.filter(id__lte=last or 0)
    return entries


def bounded_count(entries: QuerySet[AccessEntry]) -> tuple[int, bool]:
    """How many there are, and whether that is all: from MOST_COUNTED on they are not counted."""
    counted = entries.order_by()[: MOST_COUNTED + 1].count()
    return min(counted, MOST_COUNTED), counted <= MOST_COUNTED


def sealed_until() -> tuple[int, datetime | None]:
    """The highest number that is sealed, and when that was done."""
    head = AccessBlock.objects.order_by("-number").first()
    last = AccessBlock.objects.aggregate(last=Max("last_id"))["last"]
    return last or 0, head.sealed_at if head else None
