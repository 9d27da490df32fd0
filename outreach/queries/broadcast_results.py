"""What became of a broadcast, as it is shown."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TypedDict

from django.db import connection

from geo.sql import load
from outreach.models import Broadcast, Refusal
from outreach.queries.broadcast_communities import communities_of
from outreach.queries.noise import noise_key
from outreach.uplift import uplift

PARTS = ("held_out", "queued", "handed_over", "delivered", "failed", "unknown", *Refusal.values)


LEFT = ("handed_over", "delivered", "failed", "unknown")
SIZE = ("held_out", "queued", "month_used")


class Trial(TypedDict):
    """Members and those of them who bought."""

    members: int
    bought: int


class Results(TypedDict):
    """Multiples of 5, each a sum of what its communities show (docs/adr/0012). ``parts`` add up to the recipients."""

    parts: dict[str, int]
    clicked: int
    unsubscribed: int
    written_to: Trial
    held_out: Trial
    uplift: dict[str, float] | None


def exact_parts(broadcast: Broadcast) -> dict[str, int]:
    """How many recipients ended how; never leaves the process."""
    return {part: members for part, members, _ in _parts(broadcast)}


def shown_size(broadcast: Broadcast) -> int:
    """Of one that has gathered and not begun, how many it is to, those included whose month is used: a multiple of 5.

    These come first in every community's line, so nobody moves it by writing to a member. Never told (docs/adr/0012).
    """
    rest = (part for part in PARTS if part not in SIZE)
    return sum(shown for part, _, shown in _parts(broadcast, order=(*SIZE, *rest)) if part in SIZE)


def broadcast_results(broadcast: Broadcast) -> Results | None:
    """The figures of a broadcast, once anything of it has left: until then it tells nothing, or planning and
    cancelling would count anybody. The uplift is made of the shown counts, so it tells no more.
    """
    parts = _parts(broadcast)
    if not any(members for part, members, _ in parts if part in LEFT):
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            load("outreach", "broadcast_response"),
            {
                "broadcast": broadcast.pk, "category": broadcast.category_id, "launched_at": broadcast.launched_at,
                "attribution_days": broadcast.attribution_days, "noise_key": noise_key(broadcast.category_id),
            },
        )  # fmt: skip
        clicked, unsubscribed, written_to, bought, held_out, held_out_bought = cursor.fetchone()
    areas = communities_of(broadcast).count()
    return {
        # Also those that do not occur: a part that is told only when it occurs tells that somebody is in it
        "parts": dict.fromkeys(PARTS, 0) | {part: shown for part, _, shown in parts},
        "clicked": clicked,
        "unsubscribed": unsubscribed,
        "written_to": {"members": written_to, "bought": bought},
        "held_out": {"members": held_out, "bought": held_out_bought},
        "uplift": asdict(uplift(bought, written_to, held_out_bought, held_out, areas=areas))
        if bought and held_out_bought
        else None,
    }


def _parts(broadcast: Broadcast, order: Sequence[str] = PARTS) -> list[tuple[str, int, int]]:
    with connection.cursor() as cursor:
        cursor.execute(
            load("outreach", "broadcast_parts"),
            {
                "broadcast": broadcast.pk, "parts": list(order),
                "noise_key": noise_key(broadcast.category_id),
            },
        )  # fmt: skip
        return list(cursor.fetchall())
