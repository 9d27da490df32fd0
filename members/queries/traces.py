"""What imports would know a person by, though nobody can read it."""

from collections.abc import Sequence

from members.intake import OWN_SYSTEM, record_hashes
from members.models import ContactPoint, IdentityLink, SourceRecord


def records_of(member_ids: Sequence[int]) -> list[int]:
    """The records linked to them, without those that were linked to somebody else since: they tell of them."""
    return list(
        IdentityLink.objects.filter(member_id__in=member_ids, unlinked_at=None).values_list("record_id", flat=True)
    )


def traces(member_ids: Sequence[int]) -> set[bytes]:
    """Keyed hashes of their addresses, and of the records that source systems may send again; in steady_hashes."""
    addresses = ContactPoint.objects.filter(member_id__in=member_ids).values_list("bidx", flat=True)
    records = SourceRecord.objects.filter(pk__in=records_of(member_ids)).exclude(system=OWN_SYSTEM)
    hashes = {bytes(bidx) for bidx in addresses}
    for system, key in records.values_list("system", "record_key"):
        hashes.update(record_hashes(system, [key]))
    return hashes
