"""A member whom alice has just looked up, by day."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection

from members.models import ConsentState, Member
from members.public_id import public_id
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_sun
from tests.conftest import Town

SetClock = Callable[[datetime], None]
NOON = datetime(2026, 11, 3, 4, tzinfo=UTC)  # 12:00 in Shanghai


@pytest.fixture
def set_clock(db: None) -> SetClock:
    """Sets the clock of the guard, which is the database's, for this test."""

    def _set(moment: datetime) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "create or replace function outreach_now() returns timestamptz language sql volatile as"
                f" $$ select timestamptz '{moment.isoformat()}' $$"
            )

    return _set


def agree(member: Member, channel: int = 1) -> None:
    ConsentState.objects.create(
        member_id=member.pk, channel=channel, purpose=1, given_at="2026-01-01T00:00Z", withdrawn_at=None
    )


def looked_up(employee: Employee, member: Member) -> str:
    """The member's public id, after a look-up by the employee."""
    AccessEntry.objects.create(
        employee=employee, store=employee.store, reason="counter", address_hash=b"h" * 16, member_id=member.pk
    )
    return public_id(member.pk)


@pytest.fixture
def sun(town: Town, set_clock: SetClock) -> Member:
    """孙先生, who needs a fridge and agreed to SMS; it is noon of 3 November."""
    set_clock(NOON)
    sun = make_sun(town.willow, "15400001234", level=3, score=60)
    agree(sun)
    return sun
