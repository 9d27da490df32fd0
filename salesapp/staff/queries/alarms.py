"""Alarms about employees of one's scope, and who decides about them."""

import re

from django.db.models import QuerySet

from salesapp.staff.models import Employee, HarvestAlarm
from salesapp.staff.permissions import Permission, Role
from salesapp.staff.queries.bounded_count import Counted, bounded_count
from salesapp.staff.queries.scope import region_path_of


def visible_alarms(employee: Employee) -> QuerySet[HarvestAlarm]:
    """All for who reads the access log; for a manager those about the own region and below."""
    alarms = HarvestAlarm.objects.all()
    if employee.may(Permission.READ_ACCESS_LOG):
        return alarms
    path = region_path_of(employee)
    if path is None or not employee.may(Permission.SEE_ALARMS):
        return alarms.none()
    return alarms.filter(employee__region__path__startswith=path)


def alarms_page(employee: Employee, *, after: str, limit: int) -> tuple[list[HarvestAlarm], str | None, Counted]:
    """Visible alarms, those that wait for a decision first, then the newest; what the next page is after; how many.

    ``after`` is "" for the first page. What no page has told leads to the first one.
    """
    found = visible_alarms(employee).select_related(
        "employee", "employee__store", "employee__region", "decision", "decision__by"
    )
    cursor = re.fullmatch(r"([od])([0-9]{1,18})", after, re.ASCII)
    rows: list[HarvestAlarm] = []
    for part, alarms in (("o", found.filter(decision=None)), ("d", found.filter(decision__isnull=False))):
        if cursor and part == cursor[1]:
            alarms = alarms.filter(pk__lt=int(cursor[2]))
        elif cursor and cursor[1] == "d":
            continue
        rows += alarms.order_by("-pk")[: limit + 1 - len(rows)]
    following = None
    if len(rows) > limit:
        last = rows[limit - 1]
        following = f"{'d' if hasattr(last, 'decision') else 'o'}{last.pk}"
    return rows[:limit], following, bounded_count(found)


def open_alarms(employee: Employee) -> int:
    """How many of them nobody has decided about."""
    return visible_alarms(employee).filter(decision=None).count() if employee.may(Permission.SEE_ALARMS) else 0


def who_decides(employee: Employee) -> list[Employee]:
    """Whom an employee whose look-ups are held may speak to: the nearest manager, and who decides.

    That is a privacy officer, or an administrator where there is none.
    """
    active = Employee.objects.filter(disabled_at=None).exclude(pk=employee.pk)
    path = employee.region.path if employee.region else ""
    managers = [
        each for each in active.filter(role=Role.MANAGER).select_related("region")
        if each.region and path.startswith(each.region.path)
    ] if path else []  # fmt: skip
    nearest = sorted(managers, key=lambda each: (-len(each.region.path if each.region else ""), each.pk))[:1]
    officer, administrator = (
        active.filter(role=role).order_by("pk").first() for role in (Role.PRIVACY_OFFICER, Role.ADMINISTRATOR)
    )
    decides = officer or administrator
    return [*nearest, *([decides] if decides else [])]
