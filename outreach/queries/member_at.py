import unicodedata

from members.errors import NotAPhoneNumber
from members.models import ContactPoint
from members.phone import PhoneNumber
from members.vault import keyed_hash
from outreach.models import Channel


def member_at(channel: Channel, address: str) -> int | None:
    """The member whose address it is, in any usual spelling."""
    match channel:
        case Channel.SMS:
            try:
                bidx = PhoneNumber.parse(address).bidx
            except NotAPhoneNumber:
                return None
        case Channel.EMAIL:
            bidx = keyed_hash("email", unicodedata.normalize("NFKC", address).strip().lower())
        case _:  # tokens and open ids have one spelling
            bidx = keyed_hash(channel.name.lower(), address)
    return ContactPoint.objects.filter(channel=channel, bidx=bidx).values_list("member_id", flat=True).first()
