"""Whether a member was written to within the month, for a page that shows the member anyway."""

from django.db.models import Max
from django.db.models.functions import Now

from outreach.errors import NotWritable
from outreach.models import Channel, ContactGuard, Message, Refusal


def month_used(member_id: int) -> NotWritable | None:
    """The refusal that a message would meet on every channel; None where the member is free, as far as this goes.

    A plain read: what decides is the guard, when the message is claimed.
    """
    guard = ContactGuard.objects.filter(member_id=member_id, blocked_until__gt=Now(), merged_into=None)
    free_at = guard.values_list("blocked_until", flat=True).first()
    if free_at is None:
        return None
    left = [Message.State.SENDING, Message.State.ACCEPTED, Message.State.UNKNOWN]
    told = Message.objects.filter(member_id=member_id, state__in=left, service=False)
    contacted_at = told.aggregate(at=Max("handover_at"))["at"]
    return NotWritable(Refusal.MONTH_USED, Channel.SMS, contacted_at, free_at)
