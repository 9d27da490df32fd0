import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import OperationalError
from django.test import Client
from procrastinate.contrib.django import app
from pytest_django.fixtures import Settings

from geo.intake import Row, read_table
from geo.models import ImportRun
from salesapp.staff import hr_feed, jobs
from salesapp.staff.actions.import_employees import import_employees
from salesapp.staff.actions.sign_in import sign_in
from salesapp.staff.errors import EmployeesNotImported
from salesapp.staff.hr_feed import Feed
from salesapp.staff.jobs import reconcile_employees, watch_employees
from salesapp.staff.models import Employee
from tests.conftest import PASSWORD


def test_the_worker_knows_the_daily_job() -> None:
    assert ("reconcile_employees", "") in app.periodic_registry.periodic_tasks


def test_hrs_list_is_read_where_there_is_one(
    alice: Employee, bob: Employee, hr_list: Callable[..., Feed], settings: Settings
) -> None:
    settings.HR_FEED = ""
    reconcile_employees(timestamp=0)
    assert not ImportRun.objects.exists()

    settings.HR_FEED = hr_list("alice,导购,alice", header="工号,岗位,name").address
    settings.HR_COLUMNS, settings.HR_ROLES = {"工号": "employee_no", "岗位": "role"}, {"导购": "salesperson"}
    reconcile_employees(timestamp=0)
    assert list(Employee.objects.filter(disabled_at=None)) == [alice]


def test_a_refused_list_is_told_and_changes_nothing(
    alice: Employee, hr_list: Callable[..., Feed], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.HR_FEED = hr_list().address
    with pytest.raises(EmployeesNotImported):
        reconcile_employees(timestamp=0)
    assert "the list has no rows" in caplog.text
    alice.refresh_from_db()
    assert alice.is_active


@pytest.fixture
def _another_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that has not read HR's list as yet, and does not wait for a file to settle."""
    monkeypatch.setattr(jobs, "_read", jobs._Read())
    monkeypatch.setattr(jobs, "sleep", lambda seconds: None)
    monkeypatch.setattr(jobs, "close_old_connections", lambda: None)


def test_the_worker_looks_at_hrs_file_twice_a_minute() -> None:
    watch = app.periodic_registry.periodic_tasks["watch_employees", ""]
    looks = [watch.croniter.get_next(ret_type=float, start_time=start) - start for start in (0.0, 30.0)]
    assert looks == [30, 30]
    # A look just missed it, and the file settles: still within PRODUCT's minute
    assert max(looks) + jobs.SETTLES_IN < 45


def access(who: Employee) -> int:
    client = Client()
    client.force_login(who)
    return client.get("/me/").status_code


@pytest.mark.usefixtures("_another_worker")
def test_who_is_marked_as_left_is_out_at_the_next_look(
    alice: Employee, bob: Employee, hr_list: Callable[..., Feed], settings: Settings
) -> None:
    settings.HR_FEED = hr_list("alice,alice,,,,", "bob,bob,,,,").address
    watch_employees(timestamp=0)
    assert [access(alice), access(bob)] == [200, 200]
    tokens = sign_in(employee_no="alice", password=PASSWORD, address="192.0.2.1")
    bearer = {"Authorization": f"Bearer {tokens.access}"}
    assert Client().get("/api/me/", headers=bearer).status_code == 200

    hr_list("alice,alice,,,,left", "bob,bob,,,,")
    watch_employees(timestamp=30)
    assert Client().get("/api/me/", headers=bearer).status_code == 401
    assert [access(alice), access(bob)] == [302, 200]
    watch_employees(timestamp=60)
    assert ImportRun.objects.count() == 2


@pytest.mark.usefixtures("_another_worker")
def test_a_file_that_did_not_change_is_not_read_again_but_by_the_whole_read(
    alice: Employee, hr_list: Callable[..., Feed], settings: Settings
) -> None:
    settings.HR_FEED = hr_list("alice,alice,,,,").address
    reconcile_employees(timestamp=0)
    for _look in range(3):
        watch_employees(timestamp=0)
    assert ImportRun.objects.count() == 1
    reconcile_employees(timestamp=0)
    assert ImportRun.objects.count() == 2
    # The same size, another time
    os.utime(settings.HR_FEED, (1_900_000_000, 1_600_000_000))
    with pytest.raises(EmployeesNotImported, match="was applied"):
        watch_employees(timestamp=0)


@pytest.mark.usefixtures("_another_worker")
def test_a_refused_list_is_told_once_until_it_changes(
    alice: Employee, bob: Employee, hr_list: Callable[..., Feed], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.HR_FEED = hr_list().address
    with pytest.raises(EmployeesNotImported):
        watch_employees(timestamp=0)
    watch_employees(timestamp=30)
    assert caplog.text.count("the list has no rows") == 1
    hr_list("alice,alice,,,,left", "bob,bob,,,,")
    watch_employees(timestamp=60)
    assert access(alice) == 302


@pytest.mark.usefixtures("_another_worker")
def test_after_an_error_of_the_database_the_next_look_tries_again(
    alice: Employee, bob: Employee, hr_list: Callable[..., Feed], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HR_FEED = hr_list("alice,alice,,,,left", "bob,bob,,,,").address

    def fails(**_: object) -> None:
        raise OperationalError

    with monkeypatch.context() as broken:
        broken.setattr(jobs, "import_employees", fails)
        with pytest.raises(OperationalError):
            watch_employees(timestamp=0)
    watch_employees(timestamp=30)
    assert access(alice) == 302


@pytest.mark.usefixtures("_another_worker")
def test_a_file_that_is_still_written_waits(
    alice: Employee, bob: Employee, hr_list: Callable[..., Feed], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.HR_FEED = hr_list("alice,alice,,,,").address
    waited: list[int] = []

    def writes_on(seconds: int) -> None:
        if not waited:
            hr_list("alice,alice,,,,", "bob,bob,,,,")
        waited.append(seconds)

    monkeypatch.setattr(jobs, "sleep", writes_on)
    watch_employees(timestamp=0)
    assert not ImportRun.objects.exists()
    watch_employees(timestamp=30)
    assert waited == [jobs.SETTLES_IN] * 2
    assert ImportRun.objects.get().rows == 2
    assert [access(alice), access(bob)] == [200, 200]


def test_a_file_that_is_written_to_while_it_is_read_is_refused(
    alice: Employee, bob: Employee, hr_list: Callable[..., Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = hr_list("alice,alice,,,,")

    def read_half(path: Path) -> Iterator[Row]:
        yield from read_table(path)
        hr_list("alice,alice,,,,", "bob,bob,,,,")

    monkeypatch.setattr(hr_feed, "read_table", read_half)
    with pytest.raises(EmployeesNotImported, match="was written to"):
        import_employees(feed=feed)
    assert not ImportRun.objects.exists()


@pytest.mark.usefixtures("_another_worker")
@pytest.mark.parametrize("address", ["", "/nowhere/staff.csv", "ldaps://127.0.0.1:1/dc=example"])
def test_there_may_be_no_file_to_look_at(db: None, settings: Settings, address: str) -> None:
    settings.HR_FEED = address
    watch_employees(timestamp=0)
    assert not ImportRun.objects.exists()


def test_rows_that_name_nobody_are_told(
    alice: Employee, hr_list: Callable[..., Feed], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.HR_FEED = hr_list(",x,salesperson,990101,N1,").address
    reconcile_employees(timestamp=0)
    levels = [record.levelname for record in caplog.records if "absent employees stay" in record.getMessage()]
    assert levels == ["ERROR"]
    alice.refresh_from_db()
    assert alice.is_active
