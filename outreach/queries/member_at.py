from members.errors import NotAPhoneNumber
from members.models import ContactPoint
from members.vault import hashes_to_ask
from outreach.address_hash import hashed_as
from outreach.models import Channel


def member_at(channel: Channel, address: str) -> int | None:
    """The member whose address it is, in any usual spelling."""
    try:
        hashes = hashes_to_ask(*hashed_as(channel, address))
    except NotAPhoneNumber:
        return None
    return ContactPoint.objects.filter(channel=channel, bidx__in=hashes).values_list("member_id", flat=True).first()
