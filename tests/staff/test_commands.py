from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from salesapp.staff.models import Employee


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
