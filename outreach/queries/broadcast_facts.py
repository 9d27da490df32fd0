"""A broadcast as it is shown, by the API and the pages."""

from collections.abc import Mapping
from datetime import datetime
from typing import TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from members.queries.catalogue import categories
from outreach.models import Broadcast, Channel, Refusal
from outreach.queries.broadcast_results import Results, Trial
from outreach.queries.community_list import Count, protected

LABELS: dict[str, str | Promise] = {
    "queued": _("waiting"),
    "handed_over": _("handed over"),
    "delivered": _("delivered"),
    "failed": _("failed"),
    "unknown": _("outcome unknown"),
    "held_out": _("in the comparison group"),
    **{refusal.value: refusal.label for refusal in Refusal},
}
SHOWN_WITH = ("region", "version__template", "created_by", "approved_by")
ALWAYS_SHOWN = ("queued", "handed_over", "delivered", "failed", "unknown", "held_out")


class Part(TypedDict):
    part: str
    label: str
    members: Count


class ShownTrial(TypedDict):
    members: Count
    bought: Count


class ShownResults(TypedDict):
    total: Count
    parts: list[Part]
    clicked: Count
    unsubscribed: Count
    written_to: ShownTrial
    held_out: ShownTrial
    uplift: Mapping[str, float] | None
    as_of: datetime | None


class BroadcastFacts(TypedDict):
    id: int
    name: str
    state: str
    state_label: str
    region: str
    communities: int
    category: str
    category_name: str
    min_level: int
    channel: Channel
    template: str
    priority: int
    starts_at: datetime
    ends_at: datetime
    hold_out_percent: int
    attribution_days: int
    reachable: Count
    created_by: str
    approved_by: str | None
    results: ShownResults | None


def shown(number: int) -> Count:
    """A sum of parts that are multiples of 5."""
    return protected(number or None)


def broadcast_facts(broadcast: Broadcast) -> BroadcastFacts:
    """``SHOWN_WITH`` are the relations to select with it."""
    category = categories()[broadcast.category_id]
    return {
        "id": broadcast.pk,
        "name": broadcast.name,
        "state": broadcast.state_now,
        "state_label": str(broadcast.state_now.label),
        "region": broadcast.region.name,
        "communities": len(broadcast.communities),
        "category": category.code,
        "category_name": category.name,
        "min_level": broadcast.min_level,
        "channel": Channel(broadcast.channel),
        "template": broadcast.version.template.name,
        "priority": broadcast.priority,
        "starts_at": broadcast.starts_at,
        "ends_at": broadcast.ends_at,
        "hold_out_percent": broadcast.hold_out_percent,
        "attribution_days": broadcast.attribution_days,
        "reachable": shown(broadcast.reachable),
        "created_by": broadcast.created_by.name,
        "approved_by": broadcast.approved_by.name if broadcast.approved_by else None,
        "results": _results(broadcast.results, broadcast.measured_at) if broadcast.results else None,
    }


def _results(results: Results, as_of: datetime | None) -> ShownResults:
    parts = results["parts"]
    return {
        "total": shown(sum(parts.values())),
        "parts": [
            {"part": part, "label": str(label), "members": shown(parts[part])}
            for part, label in LABELS.items()
            if part in ALWAYS_SHOWN or parts[part]
        ],
        "clicked": shown(results["clicked"]),
        "unsubscribed": shown(results["unsubscribed"]),
        "written_to": _trial(results["written_to"]),
        "held_out": _trial(results["held_out"]),
        "uplift": results["uplift"],
        "as_of": as_of,
    }


def _trial(trial: Trial) -> ShownTrial:
    return {"members": shown(trial["members"]), "bought": shown(trial["bought"])}
