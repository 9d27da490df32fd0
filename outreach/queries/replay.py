"""Past messages held against the ledger of consents: every one of them was allowed when it was handed over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from geo.sql import load


@dataclass(frozen=True, slots=True)
class Replay:
    """How many marketing messages were looked at, and (member, number) of those that should not have left."""

    sends: int
    forbidden: list[tuple[int, int]]


class PastMessage(NamedTuple):
    """``allowed`` is None for a message that was not handed over, and for one that needs no consent."""

    member_id: int
    no: int
    channel: int
    service: bool
    state: int
    claimed_at: datetime
    handover_at: datetime | None
    reason: str | None
    allowed: bool | None


def replay_sends(*, since: datetime) -> Replay:
    with connection.cursor() as cursor:
        cursor.execute(load("outreach", "replay_sends"), {"since": since})
        sends, forbidden = cursor.fetchone()
    return Replay(sends, [(member_id, no) for member_id, no in forbidden])


def messages_of(
    member_ids: Sequence[int], *, after: tuple[int, int] | None = None, limit: int | None = None
) -> list[PastMessage]:
    """The newest first; ``after`` is (member, number) of the last one seen."""
    last_member, last_no = after or (None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            load("outreach", "messages_of_members"),
            {"members": list(member_ids), "last_member": last_member, "last_no": last_no, "limit": limit},
        )
        return [PastMessage(*row) for row in cursor.fetchall()]
