"""Whose things lie on a phone: an opaque name, so that a phone tells its owner from the next without knowing either."""

import base64

from members.vault import first_hash
from salesapp.staff.models import Employee

# The header of answers that the service worker keeps, for the phone's owner alone
KEPT_FOR = "X-Kept-For"


def phone_owner(employee: Employee) -> str:
    """22 URL-safe characters, the same for this employee at every sign-in."""
    return base64.urlsafe_b64encode(first_hash("owner of a phone", str(employee.pk))).rstrip(b"=").decode()
