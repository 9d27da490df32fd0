from unittest.mock import patch

import pytest
from django.conf import settings
from django.contrib.auth.hashers import MD5PasswordHasher
from pytest_django.fixtures import Settings

from salesapp.staff.actions.check_credentials import check_credentials
from salesapp.staff.errors import LimiterUnavailable, SignInRefused, TooManyRequests
from salesapp.staff.models import Employee
from tests.conftest import PASSWORD


def check(employee_no: str, password: str = PASSWORD, address: str = "192.0.2.1") -> Employee:
    return check_credentials(employee_no=employee_no, password=password, address=address)


def test_number_and_password_name_the_employee(alice: Employee) -> None:
    assert check("alice") == alice


@pytest.mark.parametrize(
    ("number", "password"),
    [("nobody", PASSWORD), ("alice", "wrong"), ("erin", PASSWORD), ("alice\x00", PASSWORD), ("x" * 9000, PASSWORD)],
)
def test_every_refusal_is_the_same_and_costs_one_hash(
    alice: Employee, erin: Employee, number: str, password: str
) -> None:
    encode = MD5PasswordHasher.encode
    with (
        patch.object(MD5PasswordHasher, "encode", autospec=True, side_effect=encode) as hashed,
        pytest.raises(SignInRefused) as refusal,
    ):
        check(number, password)
    assert hashed.call_count == 1
    assert refusal.value.args == ()


def test_the_number_is_limited_whatever_the_address(alice: Employee, settings: Settings) -> None:
    settings.SIGN_IN_LIMITS = ["2/d"]
    for spelling, address in (("alice", "192.0.2.1"), ("ALICE", "192.0.2.2")):
        with pytest.raises(SignInRefused):
            check(spelling, "wrong", address)
    with pytest.raises(TooManyRequests):
        check("alice", address="192.0.2.3")


def test_the_address_is_limited_whatever_the_number(alice: Employee, settings: Settings) -> None:
    settings.SIGN_IN_ADDRESS_LIMITS = ["2/d"]
    for number in ("x", "y"):
        with pytest.raises(SignInRefused):
            check(number)
    with pytest.raises(TooManyRequests):
        check("alice")
    assert check("alice", address="192.0.2.2") == alice


def test_without_the_counter_nobody_signs_in_and_no_password_is_tried(
    alice: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.CACHES["limits"], "LOCATION", "unix:///nowhere.sock")
    with patch.object(MD5PasswordHasher, "encode") as hashed, pytest.raises(LimiterUnavailable):
        check("alice")
    hashed.assert_not_called()
