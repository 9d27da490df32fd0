"""The count of an audience as it is shown, by the API and the pages."""

from datetime import datetime
from typing import TypedDict

from outreach.models import Refusal
from outreach.queries.audience_counts import AudienceCounts
from outreach.queries.broadcast_facts import shown
from outreach.queries.community_list import Count


class Suppressed(TypedDict):
    reason: str
    label: str
    members: Count


class AudienceFacts(TypedDict):
    """``total`` is ``reachable`` and all of ``suppressed``, where "<5" counts as nothing."""

    total: Count
    reachable: Count
    suppressed: list[Suppressed]
    as_of: datetime | None


def audience_facts(counts: AudienceCounts) -> AudienceFacts:
    *suppressed, (_name, reachable) = counts.shown._asdict().items()
    return {
        "total": shown(sum(counts.shown)),
        "reachable": shown(reachable),
        "suppressed": [
            {"reason": reason, "label": str(Refusal(reason).label), "members": shown(number)}
            for reason, number in suppressed
        ],
        "as_of": counts.as_of,
    }
