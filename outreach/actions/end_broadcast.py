from django.db import connection, transaction
from django.db.models.functions import Now

from outreach.actions.move_broadcast import move_broadcast
from outreach.models import Broadcast, Message, Recipient, Refusal

State = Broadcast.State


def end_broadcast(*, broadcast: Broadcast) -> None:
    """Take the queue of an expired or cancelled broadcast away, and call it done when nothing of it is open.

    Safe to run at any time, again and again.
    """
    queued = Recipient.objects.filter(broadcast=broadcast, state=Recipient.State.QUEUED)
    if broadcast.state == State.CANCELLED:
        # The guard's function locks members, so recipients are not held meanwhile
        queued.update(state=Recipient.State.CANCELLED)
        with connection.cursor() as cursor:
            cursor.execute("select outreach_cancel_broadcast(%s)", [broadcast.pk])
        return
    with transaction.atomic():
        if Broadcast.objects.filter(pk=broadcast.pk, ends_at__lte=Now()).exists():
            queued.update(state=Recipient.State.REFUSED, reason=Refusal.EXPIRED)
        waits = Message.objects.filter(broadcast_id=broadcast.pk, state=Message.State.CLAIMED)
        if not queued.exists() and not waits.exists():
            move_broadcast(broadcast=broadcast, from_states={State.RUNNING, State.PAUSED}, to=State.DONE)
