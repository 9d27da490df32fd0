"""Who is behind a token or a session: read on every request, so one statement and no ORM query."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import OperationalError, connection

from geo.models import Region
from geo.sql import load
from salesapp.staff.models import Employee, Store

_EMPLOYEE = [field.attname for field in Employee._meta.concrete_fields]
_REGION = ["id", "parent_id", "level", "code", "name", "path"]
_STORE = ["id", "code", "name", "region_id", "address", "is_open"]


def signed_in_employee(
    employee_id: int, *, second_step: bool = False, session_version: int | None = None, family_id: UUID | None = None
) -> Employee | None:
    """The employee with region and store filled in (geometries deferred), or None where access has ended.

    ``session_version`` and ``family_id`` are the claims of a token. A page session leaves them out: its
    version is compared by Django through `Employee.get_session_auth_hash`.

    Whoever has a role of TWO_FACTOR_ROLES now is nobody after a sign-in without the second step, whatever their role
    was then. ``second_step`` is whether a page session passed it; of a token's sign-in the family says so.
    """
    stale_hours = settings.HR_FEED_HOURS if settings.HR_FEED else None
    parameters = {
        "employee": employee_id, "version": session_version, "family": family_id, "stale_hours": stale_hours,
        "second_step": second_step, "two_factor_roles": list(settings.TWO_FACTOR_ROLES),
    }  # fmt: skip
    # This is the first statement of nearly every request, so it serves as the connection's health check itself:
    # one round trip less than asking "select 1" before it
    connection.health_check_done = True  # type: ignore[attr-defined] # missing in the stubs
    try:
        row = _read(parameters)
    except OperationalError:
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        row = _read(parameters)
    if row is None:
        return None
    at_region, at_store = len(_EMPLOYEE), len(_EMPLOYEE) + len(_REGION)
    employee = Employee.from_db(connection.alias, _EMPLOYEE, row[:at_region])
    # Setting the relations also when empty keeps a later `employee.store` from asking the database
    region, store = row[at_region:at_store], row[at_store:]
    employee.region = Region.from_db(connection.alias, _REGION, region) if region[0] else None
    employee.store = Store.from_db(connection.alias, _STORE, store) if store[0] else None
    return employee


def _read(parameters: Mapping[str, Any]) -> Sequence[Any] | None:
    with connection.cursor() as cursor:
        cursor.execute(load("salesapp.staff", "signed_in_employee"), parameters)
        row: Sequence[Any] | None = cursor.fetchone()
    return row
