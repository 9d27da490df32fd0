from django.db import transaction

from outreach.actions.move_broadcast import move_broadcast
from outreach.models import Broadcast
from outreach.queries.broadcasts import visible_broadcasts
from salesapp.staff.models import Employee

State = Broadcast.State


@transaction.atomic
def resume_broadcast(*, by: Employee, broadcast_id: int) -> Broadcast:
    """The worker goes on with it within a minute. Raises Broadcast.DoesNotExist outside the scope, WrongState."""
    broadcast = visible_broadcasts(by).get(pk=broadcast_id)
    move_broadcast(broadcast=broadcast, from_states={State.PAUSED}, to=State.RUNNING)
    return broadcast
