from members.models import ContactPoint, Member
from members.vault import hashes_to_ask_for


def member_of_number(first_bidx: bytes) -> Member | None:
    """Who is on file with the number that has this ``first_bidx``; nobody where they were erased."""
    points = ContactPoint.objects.filter(channel=ContactPoint.Channel.PHONE, bidx__in=hashes_to_ask_for(first_bidx))
    return Member.objects.filter(pk__in=points.values("member_id"), erased_at=None, merged_into=None).first()
