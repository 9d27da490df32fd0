from django.db import transaction
from django.db.models.functions import Now

from outreach.actions.gather_recipients import gather_recipients
from outreach.actions.move_broadcast import move_broadcast
from outreach.models import Broadcast
from outreach.queries.broadcast_results import shown_size
from outreach.queries.plan_check import is_for_two

State = Broadcast.State


@transaction.atomic
def launch_broadcast(*, broadcast: Broadcast) -> None:
    """Begin: look at all recipients once more, then let batches be claimed.

    One that nobody approved and that has become too large for that since it was planned waits for a second person
    instead; once approved, it begins. Raises WrongState.
    """
    move_broadcast(broadcast=broadcast, from_states={State.SCHEDULED}, to=State.RUNNING)
    gather_recipients(broadcast=broadcast)
    if broadcast.approved_by_id is None and is_for_two(shown_size(broadcast)):
        move_broadcast(broadcast=broadcast, from_states={State.RUNNING}, to=State.AWAITING_APPROVAL)
        return
    Broadcast.objects.filter(pk=broadcast.pk).update(launched_at=Now())
