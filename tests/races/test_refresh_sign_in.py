"""One refresh token, eight users at once, real transactions."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from salesapp.staff.actions import refresh_sign_in as module
from salesapp.staff.actions.refresh_sign_in import refresh_sign_in
from salesapp.staff.errors import TokenRefused
from salesapp.staff.models import Employee, SignInFamily, SpentRefresh
from salesapp.staff.permissions import Role
from salesapp.staff.queries.signed_in import signed_in_employee
from salesapp.staff.tokens import Claims, issue_tokens

USERS = 8
ROUNDS = 5


def successes_of_one_round() -> int:
    """How many of USERS simultaneous uses of one fresh token succeed; the family must be dead after it."""
    employee = Employee.objects.get()
    family = SignInFamily.objects.create(employee=employee, expires_at=timezone.now() + timedelta(days=1))
    _, refresh = issue_tokens(employee, family)
    start = threading.Barrier(USERS)

    def use() -> bool:
        try:
            start.wait()
            refresh_sign_in(refresh=refresh)
        except TokenRefused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(USERS) as pool:
        outcomes = [future.result() for future in [pool.submit(use) for _ in range(USERS)]]
    assert len(outcomes) == USERS
    family.refresh_from_db()
    if sum(outcomes) < USERS:
        assert family.revoked_because == "refresh token reused"
    return sum(outcomes)


@pytest.fixture
def _employee(transactional_db: None) -> None:
    Employee.objects.create_user("root", "x", name="root", role=Role.ADMINISTRATOR)


@pytest.mark.usefixtures("_employee")
def test_exactly_one_of_eight_succeeds() -> None:
    assert [successes_of_one_round() for _ in range(ROUNDS)] == [1] * ROUNDS


def _look_then_insert(everybody_looked: threading.Barrier) -> Callable[[Claims], tuple[str, str]]:
    """The rotation as libraries have it: look whether the token is spent, then note that it is."""

    def rotate(claims: Claims) -> tuple[str, str]:
        spent = SpentRefresh.objects.filter(jti=claims.jti).exists()
        everybody_looked.wait()
        if spent:
            raise TokenRefused
        SpentRefresh.objects.get_or_create(jti=claims.jti, family_id=claims.family_id)
        employee = signed_in_employee(claims.employee_id)
        assert employee is not None
        return issue_tokens(employee, SignInFamily.objects.get(pk=claims.family_id))

    return rotate


@pytest.mark.usefixtures("_employee")
def test_the_race_would_show_a_rotation_that_looks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_rotate", _look_then_insert(threading.Barrier(USERS)))
    assert successes_of_one_round() > 1
