from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

from geo.sql import load
from outreach.models import Channel, Refusal


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to one message to a member (``no``), or why there is none (``refusal``).

    For a used month: when they are free again, None where somebody else was granted it in the same moment.
    """

    member_id: int
    no: int | None
    refusal: Refusal | None
    free_at: datetime | None


def claim_messages(
    *,
    members: Sequence[int],
    channel: Channel,
    version_id: int,
    broadcast_id: int | None = None,
    sender_id: int | None = None,
    until: datetime | None = None,
) -> list[Claim]:
    """Claim the month of each member for one marketing message, in one statement; one Claim for each, by id.

    Nobody else can be granted a member until the message is settled and its month has passed. A claim that is
    not handed over by ``until``, or within 24 hours, gives the right back. Runs in the caller's transaction:
    rows that must stand with the claim (a text, a recipient) are written there. Members who may not be written
    to cost no lock.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            load("outreach", "claim"),
            {
                "members": list(members), "channel": channel, "version": version_id, "broadcast": broadcast_id,
                "sender": sender_id, "generation": settings.SENDING_GENERATION, "until": until,
            },
        )  # fmt: skip
        return [
            Claim(member_id, no, Refusal(refusal) if refusal else None, free_at)
            for member_id, no, refusal, free_at in cursor.fetchall()
        ]
