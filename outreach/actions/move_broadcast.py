from collections.abc import Collection

from django.db import connection

from outreach.errors import WrongState
from outreach.models import Broadcast

LOCK = 1002  # the contact guard's class of locks for broadcasts


def move_broadcast(*, broadcast: Broadcast, from_states: Collection[str], to: str) -> None:
    """Put the broadcast into another state, alone: claims and hand-overs of it wait, or are waited for.

    When the caller's transaction commits, whatever leaves later has seen the new state. Raises WrongState.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s, %s)", [LOCK, broadcast.pk])
    broadcast.refresh_from_db()
    if broadcast.state not in from_states:
        raise WrongState
    broadcast.state = to
    broadcast.save(update_fields=["state"])
