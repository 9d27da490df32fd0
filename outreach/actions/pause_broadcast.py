from django.db import transaction

from outreach.actions.move_broadcast import move_broadcast
from outreach.models import Broadcast
from outreach.queries.broadcasts import visible_broadcasts
from salesapp.staff.models import Employee

State = Broadcast.State


@transaction.atomic
def pause_broadcast(*, by: Employee, broadcast_id: int) -> Broadcast:
    """When this has committed, no message of the broadcast leaves any more until it is resumed.

    Raises Broadcast.DoesNotExist outside the scope, WrongState.
    """
    broadcast = visible_broadcasts(by).get(pk=broadcast_id)
    move_broadcast(broadcast=broadcast, from_states={State.RUNNING}, to=State.PAUSED)
    return broadcast
