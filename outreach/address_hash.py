"""What an address of a channel is hashed as, which makes it one address however it is written."""

import unicodedata

from members.phone import PhoneNumber
from outreach.models import Channel


def hashed_as(channel: Channel, address: str) -> tuple[str, str]:
    """The purpose and the one spelling that ``members.vault.keyed_hash`` is given. Raises NotAPhoneNumber."""
    match channel:
        case Channel.SMS:
            return "phone", PhoneNumber.parse(address).canonical
        case Channel.EMAIL:
            return "email", unicodedata.normalize("NFKC", address).strip().lower()
        case _:  # tokens and open ids have one spelling
            return channel.name.lower(), address
