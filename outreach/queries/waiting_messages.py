from itertools import groupby
from operator import itemgetter

from django.db import connection

from geo.sql import load
from outreach.models import Channel

Pairs = list[tuple[int, int]]  # (member id, number of the message)


def waiting_messages(*, idle_seconds: int, limit: int) -> dict[int, Pairs]:
    """Messages claimed at least ``idle_seconds`` ago that have not left, by channel; at most ``limit`` of each."""
    with connection.cursor() as cursor:
        cursor.execute(
            load("outreach", "waiting_messages"),
            {"channels": Channel.values, "idle_seconds": idle_seconds, "limit": limit},
        )
        rows = cursor.fetchall()
    return {channel: [(member_id, no) for member_id, no, _ in found] for channel, found in groupby(rows, itemgetter(2))}
