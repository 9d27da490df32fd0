"""Messages in any state, put into the ledger past the guard's functions."""

from collections.abc import Collection

from django.db import connection

from outreach.models import Channel, Message

SENDING = Message.State.SENDING


def put_message(
    member_id: int,
    *,
    no: int = 1,
    state: int = SENDING,
    channel: int = Channel.SMS,
    provider: str | None = None,
    reference: str | None = None,
    handed_over: str = "1 minute",
) -> None:
    """Handed over that long ago, where its state says that it was."""
    left = state in {Message.State.SENDING, Message.State.ACCEPTED, Message.State.UNKNOWN}
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into outreach_contactguard (member_id, blocked_until, fence, last_no)"
            " values (%(m)s, clock_timestamp() + interval '32 days', %(no)s, %(no)s)"
            " on conflict (member_id) do update set fence = excluded.fence, last_no = excluded.last_no",
            {"m": member_id, "no": no},
        )
        cursor.execute(
            "insert into outreach_message (member_id, no, channel, state, service, version_id, claimed_at, send_by,"
            " handover_at, settled_at, provider, provider_ref)"
            " values (%(m)s, %(no)s, %(channel)s, %(state)s, false, 1, clock_timestamp() - %(ago)s::interval,"
            " clock_timestamp() + interval '1 day',"
            " case when %(left)s then clock_timestamp() - %(ago)s::interval end, null, %(provider)s, %(reference)s)",
            {
                "m": member_id, "no": no, "channel": int(channel), "state": int(state), "left": left,
                "ago": handed_over, "provider": provider, "reference": reference,
            },
        )  # fmt: skip


def hand_over(broadcast_id: int, *, to: Collection[int] | None = None, most: int | None = None) -> int:
    """Waiting messages of the broadcast, all or to those members, at most so many, which their provider takes."""
    waiting = Message.objects.filter(broadcast_id=broadcast_id, state=Message.State.CLAIMED).order_by("member_id")
    if to is not None:
        waiting = waiting.filter(member_id__in=to)
    left = list(waiting.values_list("member_id", "no")[:most])
    with connection.cursor() as cursor:
        for message in left:
            cursor.execute("select * from outreach_hand_over(%s, %s, 1)", message)
            cursor.execute("select outreach_settle(%s, %s, 2::smallint, 'x', null, null)", message)
    return len(left)
