from django.db import transaction
from django.db.models.functions import Now

from outreach.actions.gather_recipients import gather_recipients
from outreach.actions.move_broadcast import move_broadcast
from outreach.models import Broadcast

State = Broadcast.State


@transaction.atomic
def launch_broadcast(*, broadcast: Broadcast) -> None:
    """Begin: look at all recipients once more, then let batches be claimed. Raises WrongState."""
    move_broadcast(broadcast=broadcast, from_states={State.SCHEDULED}, to=State.RUNNING)
    gather_recipients(broadcast=broadcast)
    Broadcast.objects.filter(pk=broadcast.pk).update(launched_at=Now())
