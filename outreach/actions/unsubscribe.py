from members.actions.record_consent import record_consent
from members.models import Consent
from outreach.message_token import read_token, staff_name
from outreach.queries.link_target import link_channel


def unsubscribe(*, name: str, every: bool, address: str) -> None:
    """Withdraw the consent to marketing of whoever the message of that name was sent to; never the other way.

    On the message's channel, or on all of them. Once this returns nothing of the kind leaves any more, whatever
    was drafted or is waiting in a broadcast. ``address`` is where the request came from, kept as evidence,
    with the message's staff name: who reads evidence must not hold the link.

    Raises NotAToken, UnknownMember.
    """
    member_id, no = read_token(name)
    channel = link_channel(name)
    record_consent(
        member_id=member_id,
        channel=Consent.Channel.EVERY if every or channel is None else channel,
        purpose=Consent.Purpose.MARKETING,
        given=False,
        source=Consent.Source.UNSUBSCRIBE_LINK,
        evidence={"message": staff_name(member_id, no), "ip": address},
    )
