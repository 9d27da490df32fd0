from django.db import connection, transaction
from django.db.models.functions import Now

from geo.sql import load
from members.vault import first_hash
from outreach.models import Broadcast

BATCH = 500


@transaction.atomic
def gather_recipients(*, broadcast: Broadcast) -> None:
    """Write down who the broadcast is to, as of now: queued, held out, or refused with the reason.

    One statement over the live tables; run again, it changes the rows that are not claimed to what holds then.
    Done once when the broadcast is scheduled, so that others know whom it wants, and once when it begins.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            load("outreach", "gather_recipients"),
            {
                "broadcast": broadcast.pk, "category": broadcast.category_id, "min_level": broadcast.min_level,
                "channel": broadcast.channel, "path": broadcast.region.path, "communities": broadcast.communities,
                "hold_out_percent": broadcast.hold_out_percent,
                "hold_out_key": first_hash("hold_out", str(broadcast.pk)), "batch_size": BATCH,
            },
        )  # fmt: skip
    Broadcast.objects.filter(pk=broadcast.pk).update(gathered_at=Now())
