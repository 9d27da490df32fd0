"""What every page is drawn with: the tab bar, and what the phone has to know of its owner."""

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from outreach.phone_owner import phone_owner
from outreach.sealed import seal_key
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Permission
from salesapp.staff.queries.alarms import open_alarms

TABS: list[tuple[str, str | Promise, Permission | None]] = [
    ("map", _("Map"), Permission.SEE_MAP),
    ("counter", _("Counter"), Permission.LOOK_UP_MEMBER),
    ("broadcasts", _("Broadcasts"), Permission.OVERSEE_BROADCASTS),
    ("results", _("Results"), Permission.SEE_RESULTS),
    ("consents", _("Consents"), Permission.READ_CONSENTS),
    ("reads", _("Look-ups"), Permission.READ_ACCESS_LOG),
    ("me", _("Me"), None),
]


def tabs(request: HttpRequest) -> dict[str, object]:
    """Context processor: ``tabs`` as (address name, label) pairs; none before sign-in.

    ``alarms`` is how many alarms wait for somebody, asked only by pages that show it.
    """
    employee = getattr(request, "user", None)
    if not isinstance(employee, Employee):
        return {"tabs": []}
    return {
        "tabs": [(name, label) for name, label, need in TABS if need is None or employee.may(need)],
        "alarms": SimpleLazyObject(lambda: open_alarms(employee)) if employee.may(Permission.SEE_ALARMS) else 0,
    }


def owner(request: HttpRequest) -> dict[str, object]:
    """Context processor: whose phone it is, when it locks, and what it seals drafts to where messages are written."""
    employee = getattr(request, "user", None)
    if not isinstance(employee, Employee):
        return {}
    seal = seal_key() if employee.may(Permission.WRITE_TO_MEMBER) else None
    return {"owner": phone_owner(employee), "idle_seconds": settings.IDLE_LOCK_SECONDS, "seal": seal}
