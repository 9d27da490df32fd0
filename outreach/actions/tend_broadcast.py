from contextlib import suppress
from datetime import timedelta

from geo.clock import database_now
from outreach.actions.end_broadcast import end_broadcast
from outreach.actions.expire_broadcast import expire_broadcast
from outreach.actions.gather_recipients import gather_recipients
from outreach.actions.launch_broadcast import launch_broadcast
from outreach.errors import WrongState
from outreach.models import Broadcast
from outreach.queries.broadcast_results import broadcast_results
from outreach.queries.open_batches import open_batches

State = Broadcast.State
MEASURED_EVERY = timedelta(minutes=2)


def tend_broadcast(*, broadcast_id: int) -> list[int]:
    """Whatever a broadcast needs now: expire, gather, begin, end, measure. Returns the batches that nobody is at.

    What happens follows from the rows alone, so it may be run at any time, twice at once, and after any crash.
    """
    broadcast = Broadcast.objects.select_related("region").get(pk=broadcast_id)
    state, now = broadcast.state, database_now()
    if broadcast.state == State.SCHEDULED and broadcast.gathered_at is None:
        gather_recipients(broadcast=broadcast)
    # Somebody else may move it at the same time: then there is nothing more to do here
    with suppress(WrongState):
        if broadcast.state == State.AWAITING_APPROVAL and broadcast.ends_at <= now:
            expire_broadcast(broadcast=broadcast)
        elif broadcast.state == State.SCHEDULED and broadcast.starts_at <= now:
            launch_broadcast(broadcast=broadcast)
        elif broadcast.state in {State.RUNNING, State.PAUSED, State.CANCELLED}:
            end_broadcast(broadcast=broadcast)
    broadcast.refresh_from_db()
    _measure(broadcast, moved=broadcast.state != state)
    return open_batches(broadcast_id) if broadcast.state == State.RUNNING else []


def _measure(broadcast: Broadcast, *, moved: bool) -> None:
    if broadcast.launched_at is None:
        return
    now = database_now()
    if moved or broadcast.measured_at is None or broadcast.measured_at < now - MEASURED_EVERY:
        results = broadcast_results(broadcast)
        Broadcast.objects.filter(pk=broadcast.pk).update(results=results, measured_at=now)
