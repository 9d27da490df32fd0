"""Broadcasts of one's scope."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from outreach.errors import BadCursor
from outreach.models import Broadcast, Recipient, TemplateVersion
from outreach.models.broadcast import ATTRIBUTION_DAYS
from outreach.placeholders import Placeholder
from outreach.queries.broadcast_facts import SHOWN_WITH
from salesapp.staff.models import Employee
from salesapp.staff.queries.bounded_count import Counted, bounded_count
from salesapp.staff.queries.scope import region_path_of

# What a broadcast knows nothing of, for some or for all of its members: nothing is sent with a gap in it
UNKNOWN_TO_BROADCASTS = frozenset({Placeholder.STORE, Placeholder.SALESPERSON, Placeholder.NEIGHBOUR_PRODUCT})

# The last day that counts, and a week for sales that are told late
FRESH = timedelta(days=2)
RESULTS_GROW = timedelta(days=ATTRIBUTION_DAYS[1] + 7)


def visible_broadcasts(employee: Employee) -> QuerySet[Broadcast]:
    """Broadcasts of the employee's region and below."""
    path = region_path_of(employee)
    return Broadcast.objects.none() if path is None else Broadcast.objects.below(path)


def broadcast_page(
    found: QuerySet[Broadcast], *, after: str | None = None, limit: int = 50
) -> tuple[list[Broadcast], str | None, Counted]:
    """Of those found a page, the newest first, the next page's cursor, and how many there are. Raises BadCursor."""
    rest = found.select_related(*SHOWN_WITH).order_by("-pk")
    if after:
        if not after.isdecimal() or len(after) > 18:
            raise BadCursor
        rest = rest.filter(pk__lt=int(after))
    rows = list(rest[: limit + 1])
    return rows[:limit], str(rows[limit - 1].pk) if len(rows) > limit else None, bounded_count(found)


def broadcasts_to_tend() -> list[int]:
    """Those that move or were not approved in time, and of those that ended the ones that leave something behind,
    whose results still grow, or that were never measured."""
    state, now = Broadcast.State, Now()
    left = Recipient.objects.filter(broadcast=OuterRef("pk"), state=Recipient.State.QUEUED)
    # Receipts, clicks and replies come in the first days, purchases after
    lately = Q(measured_at__lt=now - timedelta(minutes=5), launched_at__gt=now - FRESH)
    growing = lately | Q(measured_at__lt=now - timedelta(hours=6), launched_at__gt=now - RESULTS_GROW)
    return list(
        Broadcast.objects.filter(
            Q(state__in=[state.SCHEDULED, state.RUNNING, state.PAUSED])
            | Q(state=state.AWAITING_APPROVAL, ends_at__lte=now)
            | Q(Exists(left), state=state.CANCELLED)
            | growing & Q(state__in=[state.DONE, state.CANCELLED])
            | Q(measured_at=None, launched_at__isnull=False, state__in=[state.DONE, state.CANCELLED])
        )
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def versions_for_broadcasts(*, channel: int | None = None, category_id: int | None = None) -> list[TemplateVersion]:
    """Approved marketing texts in use that a broadcast can fill in, narrowed to a channel and a category."""
    found = TemplateVersion.objects.current().filter(template__service=False).order_by("template__name", "pk")
    if channel is not None:
        found = found.filter(template__channel=channel)
    return [
        version
        for version in found
        if not version.placeholders & UNKNOWN_TO_BROADCASTS
        and (category_id is None or version.template.category_id in {None, category_id})
    ]
