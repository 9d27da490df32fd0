from dataclasses import replace
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from outreach.actions.compose_message import compose_message
from outreach.channels import channel_for
from outreach.channels.protocol import Answer, Outcome, Outgoing
from outreach.errors import NotComposable
from outreach.models import Message, Refusal
from outreach.opening_hours import seconds_open
from salesapp.staff.typed import holds_address

# These pass: the message waits for the morning, the switch, the pause. All others are the end of it.
PASSING = frozenset(
    {Refusal.QUIET_HOURS, Refusal.SENDING_OFF, Refusal.WRONG_GENERATION, Refusal.CLOSED, Refusal.STOPPED}
)


def send_message(*, member_id: int, no: int) -> Outcome | Refusal:
    """Hand one claimed message to its provider, at most once in the life of the world.

    The hand-over is committed before the provider is called, and the call stands outside any transaction, so a
    process that dies at any line leaves either a message that was not handed over, or one that counts as sent.
    Safe to call again for any message: what is not waiting any more is Refusal.LOST. Must not be called inside
    a transaction (RuntimeError).
    """
    message = Message.objects.filter(pk=(member_id, no), state=Message.State.CLAIMED).first()
    if message is None:
        return Refusal.LOST
    channel = channel_for(message.channel)
    # What can fail for reasons of ours fails here, before anything is handed over
    ready: Outgoing | NotComposable
    try:
        ready = compose_message(message)
    except NotComposable as reason:
        ready = reason
    handed_over_at, refusal = _hand_over(member_id, no)
    if handed_over_at is None:
        return refusal or Refusal.LOST
    if isinstance(ready, NotComposable):
        answer = Answer(Outcome.REFUSED, reason=str(ready))
    else:
        # A phone that is off is not to ring at night, nor one that a slow provider comes to after the last minute
        valid_seconds = None if message.service else seconds_open(handed_over_at)
        answer = channel.send(replace(ready, handed_over_at=handed_over_at, valid_seconds=valid_seconds))
    _settle(member_id, no, channel.provider, answer)
    return answer.outcome


def _hand_over(member_id: int, no: int) -> tuple[datetime | None, Refusal | None]:
    # durable: raises inside an outer transaction, whose commit would come after the call
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("select * from outreach_hand_over(%s, %s, %s)", [member_id, no, settings.SENDING_GENERATION])
        handed_over_at, refusal = cursor.fetchone()
    return handed_over_at, Refusal(refusal) if refusal else None


def _settle(member_id: int, no: int, provider: str, answer: Answer) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select outreach_settle(%s, %s, %s::smallint, %s, %s, %s)",
            [member_id, no, int(answer.outcome), provider, _kept(answer.reference), _reason(answer.reason)],
        )


def _kept(text: str) -> str | None:
    """What a provider said, as far as a ledger can keep it: a strange answer must not stop the settling."""
    return text.encode(errors="replace").decode().replace("\0", "")[:200] or None


def _reason(text: str) -> str | None:
    """Why, unless a provider has put the receiver's address into it: administrators read this."""
    return "?" if holds_address(text) else _kept(text)
