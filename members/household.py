"""Which members live behind one door, without keeping the door."""

from members.vault import keyed_hash


def household_of(*, community_id: int | None, house: str, member_id: int) -> int:
    """The number that the members of one door share: positive, 63 bits, not reversible without the index key.

    ``house`` is the canonical door ("12-3-502"). Where the community or the door is unknown each member is a
    household of one: the member's own id, negated.
    """
    if community_id is None or not house:
        return -member_id
    digest = keyed_hash("household", f"{community_id}:{house}")
    return int.from_bytes(digest[:8], "big") >> 1 or 1
