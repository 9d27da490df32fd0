from django.db import transaction

from outreach.actions.move_broadcast import move_broadcast
from outreach.models import Broadcast
from outreach.queries.broadcasts import visible_broadcasts
from salesapp.staff.models import Employee

State = Broadcast.State


@transaction.atomic
def cancel_broadcast(*, by: Employee, broadcast_id: int) -> Broadcast:
    """When this has committed, nothing of the broadcast leaves any more. What waits is taken back within a minute.

    Raises Broadcast.DoesNotExist outside the scope, WrongState once it has ended or expired.
    """
    broadcast = visible_broadcasts(by).get(pk=broadcast_id)
    move_broadcast(
        broadcast=broadcast,
        from_states={State.AWAITING_APPROVAL, State.SCHEDULED, State.RUNNING, State.PAUSED},
        to=State.CANCELLED,
    )
    return broadcast
