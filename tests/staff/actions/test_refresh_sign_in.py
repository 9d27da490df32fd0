from datetime import timedelta

import pytest
from django.utils import timezone

from salesapp.staff.actions.change_password import change_password
from salesapp.staff.actions.disable_employee import disable_employee
from salesapp.staff.actions.refresh_sign_in import refresh_sign_in
from salesapp.staff.actions.reinstate_employee import reinstate_employee
from salesapp.staff.actions.sign_in import sign_in
from salesapp.staff.actions.sign_out import sign_out
from salesapp.staff.errors import TokenRefused
from salesapp.staff.models import Employee, SignInFamily, SpentRefresh
from tests.conftest import PASSWORD
from tests.retention import gone


@pytest.fixture
def refresh(alice: Employee) -> str:
    return sign_in(employee_no="alice", password=PASSWORD, address="192.0.2.1").refresh


def test_each_token_buys_the_next(refresh: str) -> None:
    for _ in range(3):
        _, refresh = refresh_sign_in(refresh=refresh)
    assert SignInFamily.objects.get().revoked_at is None
    assert SpentRefresh.objects.count() == 3


def test_a_second_use_ends_the_family_with_the_winners_tokens(refresh: str) -> None:
    _, newer = refresh_sign_in(refresh=refresh)
    with pytest.raises(TokenRefused):
        refresh_sign_in(refresh=refresh)
    assert SignInFamily.objects.get().revoked_because == "refresh token reused"
    with pytest.raises(TokenRefused):
        refresh_sign_in(refresh=newer)


def test_a_reuse_ends_its_own_family_only(refresh: str) -> None:
    other = sign_in(employee_no="alice", password=PASSWORD, address="192.0.2.1").refresh
    refresh_sign_in(refresh=refresh)
    with pytest.raises(TokenRefused):
        refresh_sign_in(refresh=refresh)
    refresh_sign_in(refresh=other)


def test_a_leavers_token_buys_nothing_even_when_let_in_again(refresh: str, alice: Employee) -> None:
    disable_employee(employee=alice, by=None)
    with pytest.raises(TokenRefused):
        refresh_sign_in(refresh=refresh)
    reinstate_employee(employee=alice, by=None)
    with pytest.raises(TokenRefused):
        refresh_sign_in(refresh=refresh)
    assert sign_in(employee_no="alice", password=PASSWORD, address="192.0.2.1").employee == alice


def test_a_raised_session_version_ends_the_token(refresh: str, alice: Employee) -> None:
    Employee.objects.filter(pk=alice.pk).update(session_version=2)
    with pytest.raises(TokenRefused):
        refresh_sign_in(refresh=refresh)


def test_another_password_ends_the_token(refresh: str, alice: Employee, root: Employee) -> None:
    change_password(employee=alice, password="another-horse-8", by=root)
    with pytest.raises(TokenRefused):
        refresh_sign_in(refresh=refresh)
    assert sign_in(employee_no="alice", password="another-horse-8", address="192.0.2.1").employee == alice


def test_a_family_past_its_end_buys_nothing_and_is_forgotten(refresh: str) -> None:
    refresh_sign_in(refresh=refresh)
    assert gone("sign_ins") == {"staff_signinfamily": 0}
    SignInFamily.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(TokenRefused):
        refresh_sign_in(refresh=refresh)
    assert gone("sign_ins") == {"staff_signinfamily": 1}
    assert not SpentRefresh.objects.exists()


def test_a_forgotten_familys_token_buys_nothing(refresh: str) -> None:
    SignInFamily.objects.all().delete()
    with pytest.raises(TokenRefused):
        refresh_sign_in(refresh=refresh)


def test_signing_out_ends_the_family(refresh: str) -> None:
    sign_out(refresh=refresh)
    assert SignInFamily.objects.get().revoked_because == "signed out"
    with pytest.raises(TokenRefused):
        refresh_sign_in(refresh=refresh)


def test_signing_out_with_what_is_no_token_is_no_error(db: None) -> None:
    sign_out(refresh="x")
    assert not SignInFamily.objects.exists()


def test_an_access_token_buys_nothing(alice: Employee) -> None:
    access = sign_in(employee_no="alice", password=PASSWORD, address="192.0.2.1").access
    with pytest.raises(TokenRefused):
        refresh_sign_in(refresh=access)
