from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

from django.db import connection, transaction

from geo.sql import load
from members.actions.record_consent import record_consent
from members.errors import UnknownMember
from members.models import Consent
from outreach.channels.incoming import Reply
from outreach.matching.opt_out import is_opt_out, means_every_channel
from outreach.message_token import staff_name
from outreach.queries.member_at import member_at


def record_reply(*, reply: Reply) -> bool:
    """Keep that a member wrote back, and withdraw the consent to marketing when they said so.

    On the channel they wrote on, or on every one where they said "all". The text itself is not kept. False, and
    nothing is changed, for an address of nobody and for a reply that is known already. One transaction.
    """
    member_id = member_at(reply.channel, reply.address)
    if member_id is None:
        return False
    opt_out = is_opt_out(reply.text)
    try:
        with transaction.atomic():
            new = _keep(member_id, reply, is_opt_out=opt_out)
            if new is not None and opt_out:
                every = means_every_channel(reply.text)
                at, no = new
                record_consent(
                    member_id=member_id,
                    channel=Consent.Channel.EVERY if every else int(reply.channel),
                    purpose=Consent.Purpose.MARKETING,
                    given=False,
                    source=Consent.Source.REPLY,
                    said_at=at,
                    evidence={"message": staff_name(member_id, no)} if no else {},
                )
    except UnknownMember:  # erased in this moment
        return False
    return new is not None


def _keep(member_id: int, reply: Reply, *, is_opt_out: bool) -> tuple[datetime, int | None] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            load("outreach", "record_reply"),
            {
                "member": member_id, "channel": reply.channel, "told_as": _told_as(reply), "said_at": reply.said_at,
                "is_opt_out": is_opt_out,
            },
        )  # fmt: skip
        new: tuple[datetime, int | None] | None = cursor.fetchone()
    return new


def _told_as(reply: Reply) -> UUID | None:
    """The same for the same reply told again; None where it cannot be told from another.

    Then it counts as a new one, whatever came before: a second "stop" after a fresh yes is not to be lost. Who tells
    so is a session of SMPP, on which nothing can be told again but by the centre itself, when it was not answered.
    Of the text nothing goes in: a digest of so few words would give them away.
    """
    told = reply.reference or (reply.said_at.astimezone(UTC).isoformat() if reply.said_at else "")
    # A provider may write half a character
    return UUID(bytes=sha256(told.encode(errors="surrogatepass")).digest()[:16]) if told else None
