from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from members.actions.erase_member import erase_member
from members.index_key import steady_hashes
from members.models import ContactPoint, Erasure, Tombstone
from members.vault import hashes_as_of_now


def replay_erasures(*, tombstones: Iterable[tuple[bytes, datetime]], since: int) -> tuple[int, int]:
    """Erase again who was erased before a backup was restored: (members erased, tombstones that were missing).

    A tombstone that is there, as old or younger, was put there by this database's own past, and who has the address
    since has registered afresh: they stay. Each is a transaction of its own, so a run that stopped may be repeated.
    ``since`` is the generation of the index key that the hashes are of. Needs the rights of the tables' owner.
    """
    began = timezone.now()
    missing = []
    members = 0
    for hashed, erased_at in tombstones:
        with transaction.atomic(), steady_hashes():
            (bidx,) = hashes_as_of_now([hashed], since)
            # What this run buries, a member's other addresses and records, is missing all the same
            if Tombstone.objects.filter(bidx=bidx, erased_at__gte=erased_at, erased_at__lt=began).exists():
                continue
            missing.append((hashed, erased_at))
            owners = ContactPoint.objects.filter(bidx=bidx).values_list("member_id", flat=True)
            for member_id in sorted(set(owners)):
                erase_member(member_id=member_id)
                Erasure.objects.create(member_id=member_id, reason=Erasure.Reason.REPLAY, done_at=Now())
                members += 1
    # As of the erasure, not of today
    for hashed, erased_at in missing:
        with transaction.atomic(), steady_hashes():
            (bidx,) = hashes_as_of_now([hashed], since)
            Tombstone.objects.update_or_create(bidx=bidx, defaults={"erased_at": erased_at})
    return members, len(missing)
