"""While HR's list is overdue nobody knows who has left."""

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from geo.models import ImportRun
from salesapp.staff.actions.import_employees import import_employees
from salesapp.staff.hr_feed import Feed
from salesapp.staff.jobs import reconcile_employees
from salesapp.staff.models import Employee
from tests.conftest import PASSWORD, Town


@pytest.fixture(autouse=True)
def _hr_sends_a_list(settings: Settings) -> None:
    settings.HR_FEED, settings.HR_FEED_HOURS = "/somewhere/employees.csv", 24


def applied(hours_ago: float, *, made: float | None = None, **notes: int) -> None:
    """A list read ``hours_ago``, ``made`` hours ago (None: just then)."""
    made_at = timezone.now() - timedelta(hours=hours_ago if made is None else made)
    run = ImportRun.objects.create(
        kind=ImportRun.Kind.EMPLOYEES, file_name="x", started_at=timezone.now(), rows=0, created=0, merged=0,
        unchanged=0, refused=0, notes=notes, made_at=made_at,
    )  # fmt: skip
    ImportRun.objects.filter(pk=run.pk).update(finished_at=timezone.now() - timedelta(hours=hours_ago))


def signed_in(who: Employee) -> Client:
    client = Client()
    client.force_login(who)
    return client


def page_sign_in(who: str) -> Any:
    return Client(headers={"Accept-Language": "en"}).post("/sign-in/", {"employee_no": who, "password": PASSWORD})


def test_with_a_list_of_today_everybody_works(alice: Employee) -> None:
    applied(23.9)
    assert signed_in(alice).get("/me/").status_code == 200
    assert page_sign_in("alice").status_code == 302


@pytest.mark.parametrize("hours", [None, 24.1, 1000])
def test_without_one_sign_in_and_sessions_are_closed(alice: Employee, hours: float | None) -> None:
    applied(25)
    client = signed_in(alice)
    if hours is not None:
        applied(hours)
    assert client.get("/me/").status_code == 302
    refused = page_sign_in("alice")
    assert refused.status_code == 503
    assert "overdue" in refused.content.decode()
    by_api: Any = Client().post("/api/sign-in/", {"employee_no": "alice", "password": PASSWORD}, "application/json")
    assert (by_api.status_code, by_api.json()["code"]) == (503, "staff_list_stale")


@pytest.mark.parametrize(("made", "status"), [(23.9, 200), (24.1, 302), (720, 302)])
def test_a_list_is_as_old_as_when_it_was_made_however_lately_it_was_read(
    alice: Employee, made: float, status: int
) -> None:
    applied(0, made=made)
    assert signed_in(alice).get("/me/").status_code == status


def test_a_run_that_does_not_say_when_its_list_was_made_lets_nobody_in(alice: Employee) -> None:
    applied(0)
    ImportRun.objects.update(made_at=None)
    assert signed_in(alice).get("/me/").status_code == 302


def test_a_file_that_hr_writes_no_more_closes_the_door_though_it_is_read_on(
    alice: Employee, bob: Employee, tmp_path: Path, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "all.csv"
    path.write_text("employee_no,name,role\nalice,alice,salesperson\nbob,bob,salesperson\n")
    settings.HR_FEED = str(path)
    written_on(path, timezone.now() - timedelta(hours=23.9))
    reconcile_employees(timestamp=0)
    assert signed_in(alice).get("/me/").status_code == 200
    assert "older than HR_FEED_HOURS" not in caplog.text

    written_on(path, timezone.now() - timedelta(hours=24.1))
    ImportRun.objects.all().delete()
    for _again in range(2):
        reconcile_employees(timestamp=0)
        assert signed_in(alice).get("/me/").status_code == 302
    overdue = [record for record in caplog.records if "older than HR_FEED_HOURS" in record.getMessage()]
    assert [record.levelname for record in overdue] == ["ERROR", "ERROR"]

    path.touch()
    reconcile_employees(timestamp=0)
    assert signed_in(alice).get("/me/").status_code == 200


def written_on(path: Path, at: datetime) -> None:
    os.utime(path, (at.timestamp(), at.timestamp()))


def test_a_wrong_password_learns_nothing_of_it(alice: Employee) -> None:
    client = Client()
    refused: Any = client.post("/sign-in/", {"employee_no": "alice", "password": "wrong"})
    assert refused.status_code == 422


def test_administrators_get_in_to_mend_it(root: Employee) -> None:
    assert page_sign_in("root").status_code == 302
    assert signed_in(root).get("/admin/").status_code == 200


def test_a_list_of_some_tells_nothing_of_who_left(alice: Employee) -> None:
    applied(1, partial=1)
    assert signed_in(alice).get("/me/").status_code == 302


def test_a_partial_list_says_that_it_is_one(town: Town, alice: Employee, tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text("employee_no,name,role,region\nzhou,周,salesperson,N\n".replace("N\n", f"{town.north.code}\n"))
    for partial in (True, False):
        run = import_employees(feed=Feed(str(path), {}, {}), partial=partial, allow_leavers=10).run
        assert ("partial" in run.notes) is partial
    assert signed_in(Employee.objects.get(employee_no="zhou")).get("/me/").status_code == 200


def test_one_nameless_row_a_day_does_not_keep_the_door_open(
    town: Town, alice: Employee, bob: Employee, tmp_path: Path
) -> None:
    path = tmp_path / "all.csv"
    whole = "employee_no,name,role\nbob,bob,salesperson\n"
    applied(23)
    path.write_text(whole + ",somebody,salesperson\n")
    for _day in range(2):
        done = import_employees(feed=Feed(str(path), {}, {}))
        assert (done.nameless, done.run.notes) == (1, {"not_whole": 1})
        assert "not_whole,1 rows name nobody" in Path(done.run.report).read_text(encoding="utf-8")
        # Nobody leaves by it, as yet
        assert [signed_in(who).get("/me/").status_code for who in (alice, bob)] == [200, 200]
    ImportRun.objects.filter(notes={}).update(finished_at=timezone.now() - timedelta(hours=24.1))
    assert [signed_in(who).get("/me/").status_code for who in (alice, bob)] == [302, 302]
    assert page_sign_in("bob").status_code == 503
    path.write_text(whole)
    import_employees(feed=Feed(str(path), {}, {}))
    assert [signed_in(who).get("/me/").status_code for who in (alice, bob)] == [302, 200]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("alice,alice,salesperson,terminated,", "bad_state"),
        ("alice,alice,salesperson,on duty,", "bad_state"),
        ("alice,alice,salesperson,left,the day before", "bad_date"),
        ("ALICE,alice,salesperson,left,", "other_case"),
        ("alice,alice,salesperson,,\nalice,alice,salesperson,left,", "repeated_number"),
    ],
)
def test_a_row_that_does_not_tell_who_left_keeps_the_list_from_being_whole(
    alice: Employee,
    bob: Employee,
    tmp_path: Path,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    row: str,
    reason: str,
) -> None:
    path = tmp_path / "all.csv"
    settings.HR_FEED = str(path)
    path.write_text(f"employee_no,name,role,state,as_of\nbob,bob,salesperson,,\n{row}\n")
    reconcile_employees(timestamp=0)
    run = ImportRun.objects.get()
    assert (set(run.reasons), run.notes) == ({reason}, {"not_whole": 1})
    rows = run.reasons[reason]
    assert f"not_whole,{rows} rows do not tell" in Path(run.report).read_text(encoding="utf-8")
    told = [record for record in caplog.records if "do not tell whether their employee" in record.getMessage()]
    assert [record.levelname for record in told] == ["ERROR"]
    assert [signed_in(who).get("/me/").status_code for who in (alice, bob)] == [302, 302]
    assert import_employees(feed=Feed(str(path), {}, {}), partial=True).run.notes == {"partial": 1}


def test_in_a_list_of_some_a_nameless_row_is_one_more_refused(alice: Employee, tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text("employee_no,name\n,somebody\nalice,alice\n")
    run = import_employees(feed=Feed(str(path), {}, {}), partial=True).run
    assert (run.notes, run.refused) == ({"partial": 1}, 1)


def test_without_a_feed_nobody_waits_for_one(alice: Employee, settings: Settings) -> None:
    settings.HR_FEED = ""
    assert signed_in(alice).get("/me/").status_code == 200
