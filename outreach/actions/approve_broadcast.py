from django.db import transaction

from geo.clock import database_now
from outreach.actions.move_broadcast import move_broadcast
from outreach.errors import OwnBroadcast, WrongState
from outreach.models import Broadcast
from outreach.queries.broadcasts import visible_broadcasts
from salesapp.staff.models import Employee

State = Broadcast.State


@transaction.atomic
def approve_broadcast(*, by: Employee, broadcast_id: int) -> Broadcast:
    """The second person's yes: from here on it begins by itself.

    Raises Broadcast.DoesNotExist outside the scope, OwnBroadcast, WrongState also when its time is over.
    """
    broadcast = visible_broadcasts(by).get(pk=broadcast_id)
    if broadcast.created_by_id == by.pk:
        raise OwnBroadcast
    now = database_now()
    if broadcast.ends_at <= now:
        raise WrongState
    move_broadcast(broadcast=broadcast, from_states={State.AWAITING_APPROVAL}, to=State.SCHEDULED)
    broadcast.approved_by, broadcast.approved_at = by, now
    broadcast.save(update_fields=["approved_by", "approved_at"])
    return broadcast
