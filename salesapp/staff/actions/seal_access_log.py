import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from geo.sql import load
from salesapp.staff.access_seal import FIRST, in_groups, seal, writing_key_id
from salesapp.staff.models import AccessBlock

log = structlog.get_logger(__name__)

MOST_ENTRIES = 10_000  # of a block
PATIENCE = 20.0  # seconds for writers to end
_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one run sealed; ``waits`` says that a writer did not end in time, so nothing was."""

    blocks: int
    entries: int
    waits: bool = False


def seal_access_log(*, patience: float = PATIENCE) -> Sealed:
    """Seal every access entry that is written. Look-ups go on meanwhile, and wait for nothing.

    An entry's number is taken before its transaction ends, so a lower one may appear later. Therefore the highest
    number taken so far is read first, then the transactions that are writing are waited for: when they have ended,
    every entry up to that number is there or never will be. One run at a time; a second one finds nothing left.

    The new head of the chain is told in the log and appended to AUDIT_HEAD_FILE, to be kept where nobody who can
    write the database can write. Raises NoAuditKey.
    """
    key_id = writing_key_id()
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_xact_lock(hashtextextended('staff_accessblock', 0))")
        last = _settled(patience)
        if last is None:
            log.warning("access log not sealed: a transaction goes on writing")
            return Sealed(0, 0, waits=True)
        blocks = list(_seal_up_to(last, key_id))
    if blocks:
        _tell(blocks)
    return Sealed(len(blocks), sum(block.entries for block in blocks))


def _settled(patience: float) -> int | None:
    """A number up to which all entries are there; None where writers take longer than that."""
    deadline = time.monotonic() + patience
    with connection.cursor() as cursor:
        cursor.execute("select case when is_called then last_value else 0 end from staff_accessentry_id_seq")
        (taken,) = cursor.fetchone()
        writing: set[str] | None = None
        while True:
            cursor.execute(load("salesapp.staff", "access_writers"))
            now = {row[0] for row in cursor.fetchall()}
            writing = now if writing is None else writing & now
            if not writing:
                return int(taken)
            if time.monotonic() > deadline:
                return None
            time.sleep(_PAUSE)


def _seal_up_to(last: int, key_id: str) -> Iterator[AccessBlock]:
    head = AccessBlock.objects.order_by("-number").first()
    number, before = (head.number, bytes(head.seal)) if head else (0, FIRST)
    after = AccessBlock.objects.aggregate(last=Max("last_id"))["last"] or 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(
                "select id from staff_accessentry where id > %s and id <= %s order by id offset %s limit 1",
                [after, last, MOST_ENTRIES - 1],
            )
            row = cursor.fetchone()
            up_to = row[0] if row else last
            cursor.execute(load("salesapp.staff", "access_digest"), {"after": after, "last": up_to, "goes": None})
            entries, first_at, digest, *_ = cursor.fetchone()
            if not entries:
                return
            cursor.execute("select clock_timestamp()")
            block = AccessBlock(
                number=number + 1, after_id=after, last_id=up_to, entries=entries, first_at=first_at,
                sealed_at=cursor.fetchone()[0], key_id=key_id, digest=digest,
            )  # fmt: skip
            block.seal = seal(block, before)
            block.save(force_insert=True)
            yield block
            number, after, before = block.number, up_to, bytes(block.seal)


def _tell(blocks: list[AccessBlock]) -> None:
    head = blocks[-1]
    log.info(
        "access log sealed",
        block=head.number, head=in_groups(bytes(head.seal)), entries=sum(block.entries for block in blocks),
    )  # fmt: skip
    if settings.AUDIT_HEAD_FILE:
        try:
            with Path(settings.AUDIT_HEAD_FILE).open("a", encoding="ascii") as heads:
                heads.write(f"{head.number} {bytes(head.seal).hex()}\n")
        except OSError as error:
            log.error("the head of the access log could not be kept", error=type(error).__name__)
