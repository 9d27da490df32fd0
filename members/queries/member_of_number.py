from members.models import ContactPoint, Member


def member_of_number(bidx: bytes) -> Member | None:
    """Who is on file under this hash of a number; nobody where they were erased."""
    points = ContactPoint.objects.filter(channel=ContactPoint.Channel.PHONE, bidx=bidx)
    return Member.objects.filter(pk__in=points.values("member_id"), erased_at=None, merged_into=None).first()
