from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from salesapp.staff.actions.refresh_sign_in import refresh_sign_in
from salesapp.staff.actions.sign_in import sign_in
from salesapp.staff.errors import TokenRefused
from salesapp.staff.models import Employee
from tests.conftest import PASSWORD


def test_leavers_are_disabled_by_number(alice: Employee, bob: Employee, erin: Employee) -> None:
    out = StringIO()
    call_command("disable_employee", "alice", "erin", "alice", stdout=out)
    assert out.getvalue() == "disabled 1, disabled before 1\n"
    assert set(Employee.objects.filter(disabled_at=None)) == {bob}


def test_an_unknown_number_is_told_and_the_others_are_disabled(alice: Employee) -> None:
    with pytest.raises(CommandError, match="no such employee number: nobody"):
        call_command("disable_employee", "nobody", "alice", stdout=StringIO())
    alice.refresh_from_db()
    assert not alice.is_active


def test_old_sign_ins_are_forgotten(db: None) -> None:
    out = StringIO()
    call_command("forget_old_sign_ins", stdout=out)
    assert out.getvalue() == "forgot 0 sign-ins\n"


def test_a_password_set_on_the_command_line_ends_every_sign_in(
    alice: Employee, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh = sign_in(employee_no="alice", password=PASSWORD, address="192.0.2.1").refresh
    monkeypatch.setattr("getpass.getpass", lambda prompt="": "another-horse-8")
    call_command("changepassword", "alice", stdout=StringIO())
    with pytest.raises(TokenRefused):
        refresh_sign_in(refresh=refresh)
    assert sign_in(employee_no="alice", password="another-horse-8", address="192.0.2.1").employee == alice


def test_the_first_administrator_is_made_on_the_command_line(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", PASSWORD)
    call_command("createsuperuser", employee_no="boss", name="Boss", interactive=False, stdout=StringIO())
    assert sign_in(employee_no="boss", password=PASSWORD, address="192.0.2.1").employee.is_staff
