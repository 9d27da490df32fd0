"""Whether a member was written to within the month, and the words that may be said of it."""

from datetime import datetime

from django.db import connection
from django.db.models.functions import Now

from geo.sql import load
from members.models import Consent, ConsentState, ContactPoint
from members.queries.consent_history import identities
from outreach.errors import NotWritable
from outreach.models import Channel, ContactGuard, Refusal


def month_used(member_id: int) -> NotWritable | None:
    """The refusal that a message would meet on every channel; None where the member is free, as far as this goes.

    None as well of whom nobody may write to, month or not: that they were written to is told to nobody who could not
    write himself. A plain read: what decides is the guard, when the message is claimed.
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
    return not_writable(member_id, Refusal.MONTH_USED, Channel.SMS, free_at)


def not_writable(member_id: int, refusal: Refusal, channel: Channel, free_at: datetime | None) -> NotWritable:
    """The guard's refusal with what explains it: of a used month (``free_at``) what the member's own messages tell,
    and those of whoever was merged into them.

    A hold that none of them explains, such as one that came with an erased number or stayed when a merge was undone,
    has no date but its end.
    """
    if free_at is None:
        return NotWritable(refusal, channel)
    with connection.cursor() as cursor:
        cursor.execute(load("outreach", "what_holds"), {"members": identities(member_id), "until": free_at})
        under_way, contacted_at = cursor.fetchone()
    return NotWritable(refusal, channel, contacted_at=contacted_at, free_at=free_at, under_way=under_way)
