"""The tab bar: the pages that the signed-in employee may open."""

from django.http import HttpRequest
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from salesapp.staff.models import Employee
from salesapp.staff.permissions import Permission
from salesapp.staff.queries.alarms import open_alarms

TABS: list[tuple[str, str | Promise, Permission | None]] = [
    ("map", _("Map"), Permission.SEE_MAP),
    ("counter", _("Counter"), Permission.LOOK_UP_MEMBER),
    ("broadcasts", _("Broadcasts"), Permission.OVERSEE_BROADCASTS),
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
