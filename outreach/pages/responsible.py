"""Who is responsible for members' data, as members' pages tell it."""

from django.conf import settings
from django.http import HttpRequest


def responsible(request: HttpRequest) -> dict[str, object]:
    """Context processor: ``responsible`` with name, contact, the address that opens the contact, and the notice's."""
    contact = settings.RESPONSIBLE_CONTACT
    address = contact if contact.startswith("https://") else f"mailto:{contact}" if "@" in contact else ""
    return {
        "responsible": {
            "name": settings.RESPONSIBLE_NAME, "contact": contact, "address": address,
            "notice": settings.PRIVACY_NOTICE,
        }
    }  # fmt: skip
