import re
from datetime import date

import structlog
from django.db import connection, transaction
from django.db.models import Max

from geo.sql import load
from salesapp.staff.access_seal import in_groups, seal, writing_key_id
from salesapp.staff.errors import NotSealed
from salesapp.staff.models import AccessBlock

log = structlog.get_logger(__name__)

_month = re.compile(r"staff_accessentry_(\d{4})_(\d{2})").fullmatch


@transaction.atomic
def forget_access_log(*, before: date) -> int:
    """Drop the access log's months that end on or before this day; how many. As the owner of the tables.

    A block of its own takes the place of what is gone in the chain, so that the log still verifies. Raises NotSealed
    while an entry of those months is not sealed, and NoAuditKey.
    """
    key_id = writing_key_id()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('staff_accessblock', 0))")
        cursor.execute(
            "select inhrelid::regclass::text from pg_inherits where inhparent = 'staff_accessentry'::regclass"
        )
        months = [name for (name,) in cursor.fetchall() if (end := _end_of(name)) and end <= before]
        if not months:
            return 0
        highest = 0
        for name in months:
            cursor.execute(f"select coalesce(max(id), 0) from {name}")  # noqa: S608 - a name of the catalogue
            highest = max(highest, cursor.fetchone()[0])
        head = AccessBlock.objects.order_by("-number").first()
        last = AccessBlock.objects.filter(last_id__gte=highest).order_by("last_id").first()
        if head is None or last is None:
            raise NotSealed
        # What an earlier block forgot stays forgotten
        gone = AccessBlock.objects.filter(forgets=True).aggregate(last=Max("last_id"))["last"] or 0
        for name in months:
            cursor.execute(f"drop table {name}")
        up_to = max(last.last_id, gone)
        cursor.execute(load("salesapp.staff", "access_digest"), {"after": 0, "last": up_to})
        entries, first_at, digest = cursor.fetchone()
        cursor.execute("select clock_timestamp()")
        block = AccessBlock(
            number=head.number + 1, after_id=0, last_id=up_to, entries=entries, first_at=first_at,
            sealed_at=cursor.fetchone()[0], forgets=True, key_id=key_id, digest=digest,
        )  # fmt: skip
    block.seal = seal(block, bytes(head.seal))
    block.save(force_insert=True)
    log.info("access log forgotten", months=len(months), block=block.number, head=in_groups(bytes(block.seal)))
    return len(months)


def _end_of(name: str) -> date | None:
    """The day behind the month that the table holds; None for the table of the rest."""
    if not (found := _month(name)):
        return None
    year, month = int(found[1]), int(found[2])
    return date(year + month // 12, month % 12 + 1, 1)
