"""孙先生, whom somebody has just looked up."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import connection
from django.utils import timezone

from members.models import Member
from members.public_id import public_id
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_consent, make_sun
from tests.conftest import Town

SetClock = Callable[[datetime], None]


@pytest.fixture
def set_clock(db: None) -> SetClock:
    """Sets the guard's clock, which is the database's, for the rest of the test's transaction."""

    def _set(moment: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "create or replace function outreach_now() returns timestamptz language sql volatile as"
                f" $$ select timestamptz '{moment.isoformat()}' $$"
            )

    return _set


@pytest.fixture
def sun(town: Town) -> Member:
    """Needs a fridge and agreed to SMS."""
    sun = make_sun(town.willow, "15400001234", level=3, score=60)
    make_consent(sun)
    return sun


def looked_up(employee: Employee, member: Member, at: datetime | None = None) -> str:
    """The member's public id, after a look-up by the employee."""
    AccessEntry.objects.create(
        employee=employee,
        store=employee.store,
        reason="counter",
        address_hash=b"h" * 16,
        member_id=member.pk,
        at=at or timezone.now(),
    )
    return public_id(member.pk)
