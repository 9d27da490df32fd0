from django.db import connection, transaction

from geo.clock import database_now
from outreach.actions.move_broadcast import hold_broadcast
from outreach.models import Broadcast, Message, Recipient, Refusal

State = Broadcast.State


def end_broadcast(*, broadcast: Broadcast) -> None:
    """Take the queue of an expired or cancelled broadcast away, and call it done when nothing of it is open.

    Safe to run at any time, again and again.
    """
    queued = Recipient.objects.filter(broadcast=broadcast, state=Recipient.State.QUEUED)
    open_states = [Message.State.CLAIMED, Message.State.SENDING]
    waiting = Message.objects.filter(broadcast_id=broadcast.pk, state__in=open_states)
    if broadcast.state == State.CANCELLED:
        queued.update(state=Recipient.State.CANCELLED)
        with connection.cursor() as cursor:
            cursor.execute("select outreach_cancel_broadcast(%s)", [broadcast.pk])
        return
    is_over = broadcast.ends_at <= database_now()
    if not is_over and (queued.exists() or waiting.exists()):
        return
    with transaction.atomic():
        hold_broadcast(broadcast=broadcast)
        if broadcast.state not in {State.RUNNING, State.PAUSED}:
            return
        if is_over:
            queued.update(state=Recipient.State.REFUSED, reason=Refusal.EXPIRED)
        if not queued.exists() and not waiting.exists():
            broadcast.state = State.DONE
            broadcast.save(update_fields=["state"])
