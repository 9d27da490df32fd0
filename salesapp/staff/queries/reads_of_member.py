"""Who has looked a member up, as the member may know it: when, from which store, why. Not which person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from salesapp.staff.models import AccessEntry


@dataclass(frozen=True, slots=True)
class Read:
    """``store`` is empty for who has none: managers and the privacy office, which ``role`` tells apart."""

    at: datetime
    store: str
    role: str
    reason: str


def entries_of_member(member_ids: Sequence[int], address_hashes: Sequence[bytes] = ()) -> QuerySet[AccessEntry]:
    """Entries of the member, the newest first: by ``member_ids``, the member's and those merged into them.

    ``address_hashes`` of their numbers add the look-ups in vain from before they were a member.
    """
    about = Q(member_id__in=member_ids)
    if address_hashes:
        about |= Q(address_hash__in=address_hashes, member_id=None)
    return AccessEntry.objects.filter(about).select_related("employee", "store").order_by("-id")


def reads_of_member(member_ids: Sequence[int], address_hashes: Sequence[bytes] = (), *, limit: int = 100) -> list[Read]:
    """The newest reads, in the reader's language."""
    return [
        Read(entry.at, entry.store.name if entry.store else "", entry.employee.get_role_display(), reason_of(entry))
        for entry in entries_of_member(member_ids, address_hashes)[:limit]
    ]


def reason_of(entry: AccessEntry) -> str:
    return str(entry.get_reason_display())
