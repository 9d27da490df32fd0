"""What other apps do when members are merged, parted again, or erased; they add to HOOKS in AppConfig.ready.

Every function runs inside the transaction of the action, before the action touches anything itself: what takes
locks takes them in the same order everywhere, messages first.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MemberHook:
    name: str
    on_merge: Callable[[int, int], None]  # loser, winner
    on_split: Callable[[int, int], None]  # restored, from
    on_erase: Callable[[int], None]


HOOKS: list[MemberHook] = []
