from django.db import transaction

from outreach.actions.move_broadcast import move_broadcast
from outreach.models import Broadcast, Recipient, Refusal

State = Broadcast.State


@transaction.atomic
def expire_broadcast(*, broadcast: Broadcast) -> None:
    """Nobody approved it before its end: it never begins. Raises WrongState once it has moved on or is expired."""
    move_broadcast(broadcast=broadcast, from_states={State.AWAITING_APPROVAL}, to=State.EXPIRED)
    # of one that was to begin and had become too large
    queued = Recipient.objects.filter(broadcast=broadcast, state=Recipient.State.QUEUED)
    queued.update(state=Recipient.State.REFUSED, reason=Refusal.EXPIRED)
