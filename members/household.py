"""Which members live behind one door, without keeping the door."""

from collections.abc import Sequence

from members.index_key import generation
from members.vault import first_hash, next_hashes


def household_of(*, community_id: int | None, house: str, member_id: int) -> int:
    """The number that the members of one door share: positive, 63 bits, not reversible without the index key.

    ``house`` is the canonical door ("12-3-502"). Where the community or the door is unknown each member is a
    household of one: the member's own id, negated.
    """
    if community_id is None or not house:
        return -member_id
    return households_as_of_now([_positive(first_hash("household", f"{community_id}:{house}"))], 1)[0]


def next_households(numbers: Sequence[int], generation: int) -> list[int]:
    """From numbers of the index key's generation before to those of this one. Who lives alone stays as they are."""
    hashes = next_hashes([max(number, 0).to_bytes(8, "big") for number in numbers], generation)
    return [_positive(found) if number > 0 else number for number, found in zip(numbers, hashes, strict=True)]


def households_as_of_now(numbers: Sequence[int], since: int) -> list[int]:
    """As ``members.vault.hashes_as_of_now``."""
    found = list(numbers)
    for later in range(since + 1, generation() + 1):
        found = next_households(found, later)
    return found


def _positive(found: bytes) -> int:
    return int.from_bytes(found[:8], "big") >> 1 or 1
