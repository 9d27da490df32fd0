import os
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from pytest_django.fixtures import Settings

from geo.models import ImportRun
from salesapp.staff.actions.refresh_sign_in import refresh_sign_in
from salesapp.staff.actions.sign_in import sign_in
from salesapp.staff.errors import TokenRefused
from salesapp.staff.hr_feed import Feed
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


def import_employees(*arguments: str) -> str:
    out = StringIO()
    call_command("import_employees", *arguments, stdout=out)
    return out.getvalue()


def test_a_dry_run_says_who_joins_moves_and_leaves(
    alice: Employee, bob: Employee, erin: Employee, hr_list: Callable[..., Feed]
) -> None:
    feed = hr_list("E9,陈九,manager,990102,,", "bob,小波,salesperson,990102,S1,", "erin,erin,salesperson,990101,N1,")
    said = import_employees(feed.address, "--dry-run")
    assert said.splitlines()[:9] == [
        "joins: 1", "  E9  role manager, region 990102, store none",
        "moves: 1", "  bob  region 990101 → 990102, store N1 → S1",
        "renamed: 0",
        "leaves: 1", "  alice  absent",
        "waits: 1", "  erin",
    ]  # fmt: skip
    assert said.endswith("dry run: nothing was changed\n")
    assert "陈九" not in said
    assert not ImportRun.objects.exists()
    assert "rows 3: created 1, merged 1, unchanged 1, refused 0" in import_employees(feed.address)
    assert Employee.objects.filter(disabled_at=None).count() == 2


def test_a_dry_run_says_what_would_be_refused(alice: Employee, bob: Employee, hr_list: Callable[..., Feed]) -> None:
    feed = hr_list("E9,x,manager,990102,,")
    assert "this would be refused: the list would disable 2 of 2" in import_employees(feed.address, "--dry-run")
    with pytest.raises(CommandError, match="--allow-leavers 2"):
        import_employees(feed.address)
    assert "leaves: 2" in import_employees(feed.address, "--allow-leavers", "2")


def test_long_lists_are_cut_with_a_word(alice: Employee, hr_list: Callable[..., Feed]) -> None:
    feed = hr_list(*(f"E{n},x,manager,990102,," for n in range(51)))
    said = import_employees(feed.address, "--partial", "--as-of", "2026-03-01")
    assert "  E49  " in said
    assert "  E50  " not in said
    assert "and 1 more in the report" in said
    assert str(ImportRun.objects.get().as_of) == "2026-03-01"


def test_rows_that_name_nobody_are_said(alice: Employee, hr_list: Callable[..., Feed]) -> None:
    said = import_employees(hr_list(",x,,,,").address)
    assert "1 rows name nobody, so nobody leaves" in said
    assert "does not count as a whole list" in said


def test_rows_that_do_not_tell_who_left_are_said(alice: Employee, hr_list: Callable[..., Feed]) -> None:
    said = import_employees(hr_list("alice,alice,,,,terminated").address)
    assert "1 rows do not tell whether their employee has left" in said
    assert "does not count as a whole list" in said


def test_a_list_of_long_ago_is_said_to_let_nobody_in(alice: Employee, hr_list: Callable[..., Feed]) -> None:
    feed = hr_list("alice,alice,,,,")
    os.utime(feed.address, (1_700_000_000, 1_700_000_000))
    assert "older than HR_FEED_HOURS" in import_employees(feed.address)


def test_without_a_list_hrs_own_is_read(alice: Employee, hr_list: Callable[..., Feed], settings: Settings) -> None:
    settings.HR_FEED = ""
    with pytest.raises(CommandError, match="HR_FEED is not set"):
        import_employees()
    settings.HR_FEED = hr_list("alice,alice,salesperson,990101,N1,").address
    assert "unchanged 1" in import_employees()


def test_columns_and_roles_are_named_on_the_command_line(alice: Employee, hr_list: Callable[..., Feed]) -> None:
    feed = hr_list("alice,导购,alice", header="工号,岗位,name")
    named = ("--map", "工号=employee_no", "--map", "岗位=role", "--role", "导购=salesperson")
    assert "unchanged 1" in import_employees(feed.address, *named)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("/nowhere/staff.csv",), "there is no file"),
        (("{}", "--map", "x"), "is not COLUMN=FIELD"),
        (("{}", "--map", "x=colour"), "no field colour"),
        (("{}", "--map", "x=name"), "the list has no column x"),
        (("{}", "--role", "x=king"), "no role king"),
        (("--ldap", "http://x"), "a directory's attributes must be named"),
        (("--ldap", "{}", "{}"), "not allowed with"),
        (("{}", "--as-of", "x"), "--as-of"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(
    alice: Employee, hr_list: Callable[..., Feed], arguments: tuple[str, ...], sentence: str
) -> None:
    address = hr_list("alice,alice,salesperson,990101,N1,").address
    with pytest.raises(CommandError, match=sentence):
        import_employees(*(argument.format(address) for argument in arguments))
    assert not ImportRun.objects.exists()


def test_a_file_of_an_unknown_kind_is_told(alice: Employee, hr_list: Callable[..., Feed], tmp_path: Path) -> None:
    (tmp_path / "staff.pdf").write_text("x")
    with pytest.raises(CommandError, match=r"no reader for \.pdf"):
        import_employees(str(tmp_path / "staff.pdf"))


def test_the_databases_own_words_are_not_repeated(
    alice: Employee, hr_list: Callable[..., Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise IntegrityError("duplicate key: 孙一")

    monkeypatch.setattr("salesapp.staff.management.commands.import_employees.import_employees", refuse)
    with pytest.raises(CommandError, match="nothing was changed") as caught:
        import_employees(hr_list("alice,x,,,,").address)
    assert "孙一" not in str(caught.value)


def test_help_has_fields_and_examples(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        call_command("import_employees", "--help")
    said = capsys.readouterr().out
    assert "fields: employee_no" in said
    assert "\nexample of a file:\n  " in said
