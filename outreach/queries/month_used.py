"""Whether a member was written to within the month, for a page that shows the member anyway."""

from django.db.models import Max
from django.db.models.functions import Now

from members.models import Consent, ConsentState, ContactPoint
from members.queries.consent_history import identities
from outreach.errors import NotWritable
from outreach.models import Channel, ContactGuard, Message, Refusal


def month_used(member_id: int) -> NotWritable | None:
    """The refusal that a message would meet on every channel; None where the member is free, as far as this goes.

    None as well of whom nobody may write to, month or not, and of who is held for another reason than a message: that
    they were written to is told to nobody who could not write himself. A plain read: what decides is the guard, when
    the message is claimed.
    """
    addresses = ContactPoint.objects.filter(member_id=member_id).values("channel")
    agreed = ConsentState.objects.filter(
        member_id=member_id, purpose=Consent.Purpose.MARKETING, given=True, channel__in=addresses
    )
    if not agreed.exists():
        return None
    guard = ContactGuard.objects.filter(member_id=member_id, blocked_until__gt=Now(), merged_into=None)
    free_at = guard.values_list("blocked_until", flat=True).first()
    if free_at is None:
        return None
    left = [Message.State.SENDING, Message.State.ACCEPTED, Message.State.UNKNOWN]
    messages = Message.objects.filter(member_id__in=identities(member_id), service=False)
    contacted_at = messages.filter(state__in=left).aggregate(at=Max("handover_at"))["at"]
    if contacted_at is None and not messages.filter(state=Message.State.CLAIMED).exists():
        return None
    return NotWritable(Refusal.MONTH_USED, Channel.SMS, contacted_at, free_at)
