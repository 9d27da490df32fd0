import re
from datetime import date, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Max

from salesapp.staff.access_seal import in_groups, seal, writing_key_id
from salesapp.staff.errors import NotAsSealed, NotSealed
from salesapp.staff.models import AccessBlock
from salesapp.staff.queries.access_chain import Fault, check_what_stays

log = structlog.get_logger(__name__)

# A month's last entry is sealed within minutes of its end. One that was sealed later lies in a table that is only named
# so; where no worker sealed for days, the months go as much later.
LATE = timedelta(days=1)
_month = re.compile(r"staff_accessentry_(\d{4})_(\d{2})").fullmatch


@transaction.atomic
def forget_access_log(*, before: date) -> int:
    """Drop the access log's months that end on or before this day; how many. As the owner of the tables.

    A block of its own takes the place of what is gone in the chain, so that the log still verifies. First all that it
    will vouch for is held against the seals, for nobody asks those again. Raises NotSealed while an entry of those
    months is not sealed, NotAsSealed where one was changed or a table is not of the month it is named after, and
    NoAuditKey.
    """
    key_id = writing_key_id()
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('staff_accessblock', 0))")
        cursor.execute(
            "select inhrelid::regclass::text, inhrelid::bigint from pg_inherits"
            " where inhparent = 'staff_accessentry'::regclass"
        )
        months = {name: (oid, end) for name, oid in cursor.fetchall() if (end := _end_of(name)) and end <= before}
        if not months:
            return 0
        highest = 0
        for name in months:
            cursor.execute(f"select coalesce(max(id), 0) from {name}")  # noqa: S608 - a name of the catalogue
            highest = max(highest, cursor.fetchone()[0])
        head = AccessBlock.objects.order_by("-number").first()
        last = AccessBlock.objects.filter(last_id__gte=highest, forgets=False).order_by("last_id").first()
        if head is None or last is None:
            raise NotSealed
        if highest and last.sealed_at.date() > max(end for _oid, end in months.values()) + LATE:
            raise NotAsSealed(last.number, "it was sealed long after the months that are over")
        # What an earlier block forgot stays forgotten
        gone = AccessBlock.objects.filter(forgets=True).aggregate(last=Max("last_id"))["last"] or 0
        up_to = max(last.last_id, gone)
        stays = check_what_stays(up_to=up_to, goes=[oid for oid, _end in months.values()])
        if isinstance(stays, Fault):
            raise NotAsSealed(stays.block, stays.what)
        for name in months:
            cursor.execute(f"drop table {name}")
        cursor.execute("select clock_timestamp()")
        block = AccessBlock(
            number=head.number + 1, after_id=0, last_id=up_to, entries=stays.entries, first_at=stays.first_at,
            sealed_at=cursor.fetchone()[0], forgets=True, key_id=key_id, digest=stays.digest,
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
