from django.db import transaction

from members.actions.record_consent import record_consent
from members.models import Consent, Member
from members.queries.consent_history import stands_for, taken_for
from outreach.message_token import read_token, staff_name
from outreach.models import Message


@transaction.atomic
def unsubscribe(*, name: str, every: bool, address: str) -> None:
    """Withdraw the consent to marketing of whoever the message of that name was sent to; never the other way.

    On the message's channel, or on all of them. Once this returns nothing of the kind leaves any more, whatever
    was drafted or is waiting in a broadcast. Where somebody else was taken for that member at the message's time, it
    may have gone to their address: then it is withdrawn of both. ``address`` is where the request came from, kept as
    evidence with the message's staff name: who reads evidence must not hold the link. One transaction.

    Raises NotAToken, UnknownMember.
    """
    member_id, no = read_token(name)
    message = Message.objects.filter(pk=(member_id, no)).first()
    # A merge or its undoing commits before the merges are read for good, or finds what is withdrawn here
    concerned = {*taken_for(member_id), stands_for(member_id)}
    list(Member.objects.select_for_update(no_key=True).only("pk").filter(pk__in=concerned).order_by("pk"))
    recipients = (
        taken_for(member_id, since=message.claimed_at, until=message.settled_at) if message else taken_for(member_id)
    )
    for person in sorted({stands_for(recipient) for recipient in recipients}):
        record_consent(
            member_id=person,
            channel=Consent.Channel.EVERY if every or message is None else message.channel,
            purpose=Consent.Purpose.MARKETING,
            given=False,
            source=Consent.Source.UNSUBSCRIBE_LINK,
            evidence={"message": staff_name(member_id, no), "ip": address},
        )
