"""Is the access log as it was sealed? Everything is computed anew from the entries."""

import hashlib
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from pathlib import Path

from django.conf import settings
from django.db import connection
from django.db.models import Max
from django.utils import timezone

from geo.sql import load
from salesapp.staff.access_seal import FIRST, is_sealed
from salesapp.staff.models import AccessBlock, AccessEntry

LATELY = 3_000  # blocks, at most one a minute: two days and more
UNSEALED = timedelta(hours=1)  # sealed every minute, unless a transaction goes on writing
HEAD_EVENTS = ("access log sealed", "access log forgotten")
_head = re.compile(r"([0-9]{1,18}) ([0-9a-f]{64})").fullmatch


@dataclass(frozen=True, slots=True)
class Fault:
    """The first block that is not as it was sealed, and what is wrong with it."""

    block: int
    what: str


@dataclass(frozen=True, slots=True)
class Checked:
    """A block that is as it was sealed, and the entries that it holds now."""

    block: AccessBlock
    entries: int


def check_chain(heads: Iterable[tuple[int, bytes]] = (), *, above: int = 0) -> Iterator[Checked | Fault]:
    """Block after block; ends with the first fault. ``heads`` are (number, seal) that were kept elsewhere.

    Blocks up to ``above`` are taken as they are. Entries that were deleted when their time was over are vouched for
    by the block that forgets them. Raises NoAuditKey.
    """
    kept: dict[int, set[bytes]] = {}
    for each, head in heads:
        kept.setdefault(each, set()).add(head)
    start = AccessBlock.objects.filter(number=above).first() if above else None
    number, before = (start.number, bytes(start.seal)) if start else (0, FIRST)
    after = AccessBlock.objects.filter(number__lte=above).aggregate(last=Max("last_id"))["last"] or 0
    forgets = AccessBlock.objects.filter(forgets=True).order_by("-number").first()
    if not start and AccessEntry.objects.filter(id__lte=0).exists():
        yield Fault(1, "an entry has a number that is never given")
        return
    for block in AccessBlock.objects.filter(number__gt=number).order_by("number").iterator(2000):
        fault = _wrong_with(block, number + 1, after, before, kept, forgets)
        if fault:
            yield Fault(number + 1, fault)
            return
        yield Checked(block, 0 if _is_forgotten(block, forgets) else block.entries)
        number, before = block.number, bytes(block.seal)
        after = block.last_id if not block.forgets else after
    if missing := sorted(each for each in kept if each > number):
        yield Fault(missing[0], "the block is missing: its head was kept elsewhere")


def _wrong_with(
    block: AccessBlock,
    number: int,
    after: int,
    before: bytes,
    kept: Mapping[int, Set[bytes]],
    forgets: AccessBlock | None,
) -> str:
    if block.number != number:
        return "the block is missing"
    if not is_sealed(block, before):
        return "the seal is not that of the block and the one before it"
    if kept.get(number, {bytes(block.seal)}) != {bytes(block.seal)}:
        # Also where two were kept: what was cut off at the end was sealed anew, with what came since
        return "the seal is not the one that was kept elsewhere"
    if block.forgets:
        after = 0
    elif block.after_id != after:
        return "it does not begin where the block before it ends"
    if _is_forgotten(block, forgets):
        return ""
    with connection.cursor() as cursor:
        cursor.execute(load("salesapp.staff", "access_digest"), {"after": after, "last": block.last_id, "goes": None})
        entries, _first_at, digest, *_ = cursor.fetchone()
    return _wrong_with_entries(block, entries, digest)


def _wrong_with_entries(block: AccessBlock, entries: int, digest: bytes) -> str:
    if entries != block.entries:
        return f"it was sealed with {block.entries} entries and now has {entries}"
    if bytes(digest) != bytes(block.digest):
        return "an entry was changed"
    return ""


def _is_forgotten(block: AccessBlock, forgets: AccessBlock | None) -> bool:
    """Whether what is left of the block's entries is vouched for by the newest block that forgets."""
    return forgets is not None and block.number < forgets.number and block.last_id <= forgets.last_id


@dataclass(frozen=True, slots=True)
class Stays:
    """What a block says of the entries that stay where others are forgotten."""

    entries: int
    first_at: datetime | None
    digest: bytes


def check_what_stays(*, up_to: int, goes: Sequence[int]) -> Stays | Fault:
    """Of the entries up to that number, where a block ends, those in none of the tables that go (by their oids); or
    the first fault.

    Each block that is to be forgotten is held against its entries, and so is the newest that forgets. What stays is
    taken from that very read: a change that is committed after it fits no seal. Raises NoAuditKey.
    """
    forgets = AccessBlock.objects.filter(forgets=True).order_by("-number").first()
    gone = forgets.last_id if forgets else 0
    new = AccessBlock.objects.filter(forgets=False, last_id__gt=gone, last_id__lte=up_to).order_by("last_id", "number")
    after, entries, first_at, digest = 0, 0, None, hashlib.sha256()
    for block in chain([forgets] if forgets else [], new.iterator(2000)):
        before = AccessBlock.objects.filter(number=block.number - 1).first()
        if not is_sealed(block, bytes(before.seal) if before else FIRST):
            return Fault(block.number, "the seal is not that of the block and the one before it")
        if block.after_id != after:
            return Fault(block.number, "it does not begin where the block before it ends")
        with connection.cursor() as cursor:
            cursor.execute(
                load("salesapp.staff", "access_digest"),
                {"after": after, "last": block.last_id, "goes": list(goes)},
            )
            found, _first_at, digest_now, lines, first_left = cursor.fetchone()
        if wrong := _wrong_with_entries(block, found, digest_now):
            return Fault(block.number, wrong)
        for line in lines or ():
            digest.update(f"\n{line}".encode() if entries else line.encode())
            entries += 1
        first_at = min(filter(None, (first_at, first_left)), default=None)
        after = block.last_id
    return Stays(entries, first_at, digest.digest())


def check_lately() -> Fault | None:
    """The first fault among the last blocks, held against the heads in AUDIT_HEAD_FILE. Raises NoAuditKey.

    Which blocks are the last is told by their numbers: a number that was changed breaks the chain, while a time that
    was changed would only keep its block from being looked at. Without heads a cut at the end is not seen.
    """
    try:
        heads = _heads_kept_lately()  # before the blocks: one that is sealed meanwhile is missing in neither
    except (OSError, ValueError):
        return Fault(1, "the heads in AUDIT_HEAD_FILE cannot be read")
    last = AccessBlock.objects.aggregate(last=Max("number"))["last"] or 0
    found_lately = check_chain(heads, above=max(0, last - LATELY))
    return next((found for found in found_lately if isinstance(found, Fault)), None) or _wrong_behind(last)


def _wrong_behind(last: int) -> Fault | None:
    """What the end of the log gives away by itself."""
    tail = unsealed()
    if tail.since and timezone.now() - tail.since > UNSEALED:
        return Fault(last + 1, "it is missing: there are entries that should have been sealed long ago")
    if not last and not tail.entries:
        with connection.cursor() as cursor:
            cursor.execute("select is_called from staff_accessentry_id_seq")
            if cursor.fetchone() == (True,):
                return Fault(1, "it is missing: numbers were given to entries, and there is neither entry nor block")
    return None


def _heads_kept_lately() -> list[tuple[int, bytes]]:
    """Raises OSError and ValueError. No file is kept yet where this machine has sealed nothing."""
    path = Path(settings.AUDIT_HEAD_FILE)
    if not settings.AUDIT_HEAD_FILE or not path.exists():
        return []
    with path.open(encoding="utf-8") as lines:
        return read_heads(deque(lines, LATELY))


def read_heads(lines: Iterable[str]) -> list[tuple[int, bytes]]:
    """(number, seal) of each line that seal_access_log wrote: to AUDIT_HEAD_FILE, or to the worker's log.

    Other events of the log are passed by. Raises ValueError for any other line.
    """
    found = []
    for line in map(str.strip, lines):
        text = _head_of_event(line) if line.startswith("{") else line
        if not text:
            continue
        head = _head(text)
        if not head:
            raise ValueError("not a head of the access log")
        found.append((int(head[1]), bytes.fromhex(head[2])))
    return found


def _head_of_event(line: str) -> str:
    """As AUDIT_HEAD_FILE has it; empty for an event that tells none. Raises ValueError."""
    said = json.loads(line)
    if not isinstance(said, dict) or said.get("event") not in HEAD_EVENTS:
        return ""
    head = str(said.get("head")).replace(":", "")
    # The log's filter took a part of it for a phone number, while it was written without groups
    return "" if "[" in head else f"{said.get('block')} {head}"


@dataclass(frozen=True, slots=True)
class Tail:
    """What is written and not sealed: nothing here is proved."""

    entries: int
    since: datetime | None


def unsealed() -> Tail:
    """The entries behind the last block."""
    last = AccessBlock.objects.aggregate(last=Max("last_id"))["last"] or 0
    with connection.cursor() as cursor:
        cursor.execute("select count(*), min(at) from staff_accessentry where id > %s", [last])
        entries, since = cursor.fetchone()
    return Tail(entries, since)
