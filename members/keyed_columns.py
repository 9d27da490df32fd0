"""The columns that hold keyed hashes and are made anew when the index key is changed.

tests/architecture/test_keyed_hashes.py has the others, each with the reason why it stays.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from members.household import next_households
from members.models import ContactPoint, Member, Purchase, SourceRecord, Tombstone
from members.vault import BIDX_BYTES, next_hashes


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of hash is stored, and told from what stands in its place until it is made.

    ``unset_of_new`` is unique where the hash is, so that a unique index can be built meanwhile.
    """

    type: str
    unset: str
    unset_of_new: str  # {column} is that of the old hash
    is_unset: str  # {following} is the column of the new one
    following: Callable[[Sequence[Any], int], Sequence[Any]]


HASH = Kind(
    type="bytea",
    unset="''::bytea",
    unset_of_new=r"'\x00'::bytea || new.{column}",
    is_unset=f"length({{following}}) <> {BIDX_BYTES}",
    following=next_hashes,
)
HOUSEHOLD = Kind(
    type="bigint", unset="0", unset_of_new="0", is_unset="{following} = 0", following=next_households
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeyedColumn:
    model: type[Model]
    column: str
    kind: Kind = HASH


KEYED_COLUMNS = (
    KeyedColumn(ContactPoint, "bidx"),
    KeyedColumn(Tombstone, "bidx"),
    KeyedColumn(SourceRecord, "digest"),
    KeyedColumn(Member, "household", HOUSEHOLD),
    KeyedColumn(Purchase, "household", HOUSEHOLD),
)
