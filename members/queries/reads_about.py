from collections.abc import Iterator, Set
from datetime import timedelta
from itertools import islice

from django.db.models import Q, QuerySet

from members.index_key import generation
from members.models import ContactPoint, IndexKey
from members.queries.consent_history import identities, stands_for
from members.vault import hashes_as_of_now, hashes_of_all_generations_for
from salesapp.staff.models import AccessEntry
from salesapp.staff.queries.reads_of_member import entries_of_member

BATCH = 5_000
SLACK = timedelta(minutes=1)  # another process may have written the older hash for a moment longer


def reads_about(member_id: int, *, first_bidx: bytes | None = None) -> QuerySet[AccessEntry]:
    """Every entry of the log of reads about a member, the newest first: the one query for the member and the officer.

    Whoever the id stands for now, with all who were merged into them; and the look-ups in vain by their numbers, from
    before they were a member. Those from before a change of the index key are known by what the log calls the number
    since then; ``first_bidx``, of who signed in with a number, spares reading the log for it.
    """
    ids = identities(stands_for(member_id))
    points = ContactPoint.objects.filter(channel=ContactPoint.Channel.PHONE, member_id__in=ids)
    hashes = {bytes(each) for each in points.values_list("bidx", flat=True)}
    hashes |= set(hashes_of_all_generations_for(first_bidx) if first_bidx else _hashes_of_before(hashes))
    return entries_of_member(ids, sorted(hashes))


def _hashes_of_before(hashes: Set[bytes]) -> Iterator[bytes]:
    """What numbers with these hashes were called in the log before the index key was changed, where they were nobody's.

    An older hash leads to the newer one and there is no way back, so what was nobody's then is led on and compared: of
    the same thousands where the log has each number once more since, as by an officer's search, and otherwise all of it
    (a million take some seconds).
    """
    now = generation()
    if now == 1 or not hashes:
        return
    again = AccessEntry.objects.filter(address_hash__in=hashes, thousand__isnull=False)
    thousands = {bytes(number): thousand for number, thousand in again.values_list("address_hash", "thousand")}
    near = Q(thousand__in=thousands.values()) | Q(thousand=None) if hashes <= thousands.keys() else Q()
    used_since = dict(IndexKey.objects.values_list("generation", "used_since"))
    for known in range(1, now):
        vain = AccessEntry.objects.filter(near, member_id=None).exclude(address_hash=b"")
        if end := used_since.get(known + 1):
            vain = vain.filter(at__lt=end + SLACK)
        if begin := used_since.get(known):
            vain = vain.filter(at__gte=begin)
        distinct = vain.order_by().values_list("address_hash", flat=True).distinct()
        # A cursor is planned for its first rows, which of a few is the slowest way
        named = iter(distinct) if near else distinct.iterator(BATCH)
        while batch := [bytes(each) for each in islice(named, BATCH)]:
            for old, new in zip(batch, hashes_as_of_now(batch, known), strict=True):
                if new in hashes:
                    yield old
