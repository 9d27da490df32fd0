"""The seal of a block of access entries: a chain of HMACs under a key that neither the web nor the database has."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from django.conf import settings

from salesapp.staff.errors import NoAuditKey
from salesapp.staff.models import AccessBlock

FIRST = bytes(32)  # what stands for the seal before the first block


@cache
def _keys(text: str) -> Mapping[str, bytes]:
    pairs = (pair.split(":", 1) for pair in text.split(",") if pair)
    return {key_id: base64.b64decode(key) for key_id, key in pairs}


def writing_key_id() -> str:
    """The name of the key that seals now. Raises NoAuditKey."""
    for key_id in _keys(settings.AUDIT_KEYS):
        return key_id
    raise NoAuditKey


def seal(block: AccessBlock, before: bytes) -> bytes:
    """The block's seal over everything it says and ``before``, the seal of the block before it. Raises NoAuditKey."""
    try:
        key = _keys(settings.AUDIT_KEYS)[block.key_id]
    except KeyError:
        raise NoAuditKey from None
    said = (
        "access block 1", block.number, block.after_id, block.last_id, block.entries, _moment(block.first_at),
        _moment(block.sealed_at), int(block.forgets), block.key_id, bytes(block.digest).hex(), before.hex(),
    )  # fmt: skip
    return hmac.new(key, "|".join(map(str, said)).encode(), hashlib.sha256).digest()


def is_sealed(block: AccessBlock, before: bytes) -> bool:
    """Whether the block is as it was sealed, behind the block with that seal. Raises NoAuditKey."""
    return hmac.compare_digest(bytes(block.seal), seal(block, before))


def in_groups(head: bytes) -> str:
    """For the log, whose filter takes eleven digits of one in a row for somebody's number."""
    return head.hex(":", 4)


def _moment(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds") if at else ""
