import unicodedata

from members.errors import NotAPhoneNumber
from members.models import ContactPoint
from members.phone import PhoneNumber
from members.vault import hashes_to_ask
from outreach.models import Channel


def member_at(channel: Channel, address: str) -> int | None:
    """The member whose address it is, in any usual spelling."""
    match channel:
        case Channel.SMS:
            try:
                hashes = PhoneNumber.parse(address).bidx_to_ask
            except NotAPhoneNumber:
                return None
        case Channel.EMAIL:
            hashes = hashes_to_ask("email", unicodedata.normalize("NFKC", address).strip().lower())
        case _:  # tokens and open ids have one spelling
            hashes = hashes_to_ask(channel.name.lower(), address)
    return ContactPoint.objects.filter(channel=channel, bidx__in=hashes).values_list("member_id", flat=True).first()
