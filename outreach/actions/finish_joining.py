from datetime import datetime

from django.db import connection, transaction

from members.actions.register_member import register_member
from members.models import Member, Verification
from outreach.models import Message, SentCode


@transaction.atomic
def finish_joining(*, verified: Verification) -> Member:
    """The member of a registration whose code was right, with what they ticked.

    Who was erased less than a month ago is not written to before that month is over: they are the same person, and
    nobody knows any more when they were written to last. Raises BeingErased, NotSealable, and Reworded, with nobody
    filed, where a text that was ticked has been edited since.
    """
    member = register_member(
        verified=verified,
        agreed=[(channel, wording, read) for channel, wording, read in verified.told.get("agreed", [])],
        objects=bool(verified.told.get("objects")),
    )
    # When these left there was no member yet; the last one arrived, for it was typed in
    sent = {datetime.fromisoformat(at): Message.State.UNKNOWN for at in verified.told.get("codes", [])}
    if verified.handed_over_at is not None:
        sent[verified.handed_over_at] = Message.State.ACCEPTED
    for at, state in sent.items():
        SentCode.objects.get_or_create(member_id=member.pk, handed_over_at=at, defaults={"state": state})
    with connection.cursor() as cursor:
        cursor.execute("select outreach_hold_after_erasure(%s)", [member.pk])
    return member
