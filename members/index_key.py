"""Which of the index keys the hashes on file are made with.

Every key after the first hashes the hash that the keys before it made (docs/adr/0015), so a rotation needs no values.
While one goes on, a process that has the new key asks for both hashes; before and after it, for one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from time import monotonic

from django.conf import settings
from django.db import connection

from geo.sql import load

LOCK = "members:index key"  # held shared by who writes hashes, alone by the moment that exchanges them
_REREAD = 1.0  # seconds; only while a rotation goes on

_held: ContextVar[int | None] = ContextVar("held generation", default=None)
_seen: dict[str, tuple[int, float]] = {}  # INDEX_KEY -> (generation on file, when that was read)


class IndexKeyMissing(Exception):
    """The hashes on file are made with a newer key than this process has."""


def keys() -> Sequence[str]:
    """The oldest first."""
    return _split(settings.INDEX_KEY)


@cache
def _split(text: str) -> Sequence[str]:
    return tuple(reversed(text.split(",")))


def generation() -> int:
    """The generation of the hashes on file, from 1. With one key, or after the rotation to the last, no query.

    Raises IndexKeyMissing.
    """
    if (held := _held.get()) is not None:
        return held
    newest = len(keys())
    if newest == 1:
        return 1
    seen, at = _seen.get(settings.INDEX_KEY, (0, 0.0))
    if seen == newest or (seen and monotonic() - at < _REREAD):
        return seen
    return read_generation()


def generations_to_ask() -> range:
    """Those that a hash on file may be of at the moment of the question, that on file first."""
    return range(generation(), len(keys()) + 1)


def read_generation() -> int:
    """As ``generation``, from the database."""
    with connection.cursor() as cursor:
        cursor.execute(load("members", "index_generation"))
        (found,) = cursor.fetchone()
    if found > len(keys()):
        raise IndexKeyMissing
    _seen[settings.INDEX_KEY] = found, monotonic()
    return int(found)


@contextmanager
def steady_hashes() -> Iterator[None]:
    """Hashes made inside are those on file until the end of the transaction around it: for whoever stores one.

    Raises IndexKeyMissing.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [LOCK])
    token = _held.set(read_generation())
    try:
        yield
    finally:
        _held.reset(token)
