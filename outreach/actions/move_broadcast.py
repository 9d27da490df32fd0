from collections.abc import Collection

from django.db import connection

from outreach.errors import WrongState
from outreach.models import Broadcast

LOCK = 1002  # the contact guard's class of locks for broadcasts


def hold_broadcast(*, broadcast: Broadcast) -> None:
    """Have the broadcast alone until the transaction ends: claims and hand-overs of it wait, or are waited for.

    To be taken before any of its recipients is locked, as claims do.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [LOCK, broadcast.pk])
    broadcast.refresh_from_db()


def move_broadcast(*, broadcast: Broadcast, from_states: Collection[str], to: str) -> None:
    """Put the broadcast into another state: what leaves after the caller's commit has seen it. Raises WrongState."""
    hold_broadcast(broadcast=broadcast)
    if broadcast.state not in from_states:
        raise WrongState
    broadcast.state = to
    broadcast.save(update_fields=["state"])
