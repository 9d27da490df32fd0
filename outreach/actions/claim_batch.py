from datetime import datetime, timedelta

from django.db import connection, transaction

from geo.clock import database_now
from geo.sql import load
from outreach.actions.claim_messages import claim_messages
from outreach.actions.defer_sending import defer_sending
from outreach.actions.move_broadcast import LOCK
from outreach.actions.send_message import PASSING
from outreach.models import Broadcast, Channel, Refusal
from outreach.opening_hours import next_opening

AGAIN = timedelta(minutes=5)


@transaction.atomic
def claim_batch(*, broadcast_id: int, batch: int) -> datetime | None:
    """Claim the month of every queued recipient of the batch, write down what came of it, and have them sent.

    One transaction: the claims, the recipients' states and the job that sends stand together or not at all, so it
    may be run again at any time. Whoever has no need any more since it began is not written to. Who cannot be claimed
    for a reason that passes (night, the switch) stays queued; then the answer is when to try again. Does nothing for a
    broadcast that is not running.
    """
    with connection.cursor() as cursor:
        # The guard's locks in the guard's order, before any row: what moves a broadcast takes them so too
        cursor.execute("select pg_advisory_xact_lock_shared(1001, 0)")
        cursor.execute("select pg_advisory_xact_lock_shared(%s, %s)", [LOCK, broadcast_id])
    broadcast = Broadcast.objects.get(pk=broadcast_id)
    if broadcast.state != Broadcast.State.RUNNING:
        return None
    with connection.cursor() as cursor:
        cursor.execute(load("outreach", "lock_batch"), {"broadcast": broadcast_id, "batch": batch})
        rows = cursor.fetchall()
    unwanted = {
        member_id: Refusal.OUTRANKED if needs_it else Refusal.NO_NEED
        for member_id, needs_it, outranked in rows
        if outranked or not needs_it
    }
    wanted = [member_id for member_id, *_ in rows if member_id not in unwanted]
    channel = Channel(broadcast.channel)
    claims = claim_messages(
        members=wanted, channel=channel, version_id=broadcast.version_id, broadcast_id=broadcast_id,
        sender_id=broadcast.created_by_id, until=broadcast.ends_at,
    )  # fmt: skip
    final = [(claim.member_id, claim.no, claim.refusal) for claim in claims if claim.refusal not in PASSING]
    final += [(member_id, None, refusal) for member_id, refusal in unwanted.items()]
    if final:
        members, numbers, reasons = zip(*final, strict=True)
        with connection.cursor() as cursor:
            cursor.execute(
                load("outreach", "settle_recipients"),
                {
                    "broadcast": broadcast_id, "members": list(members), "numbers": list(numbers),
                    "reasons": list(reasons),
                },
            )  # fmt: skip
    pairs = [(claim.member_id, claim.no) for claim in claims if claim.no is not None]
    if pairs:
        defer_sending(channel=channel, pairs=pairs)
    if any(claim.refusal in PASSING for claim in claims):
        return next_opening(database_now() + AGAIN)
    return None
