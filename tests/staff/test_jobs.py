from collections.abc import Callable

import pytest
from procrastinate.contrib.django import app
from pytest_django.fixtures import Settings

from geo.models import ImportRun
from salesapp.staff.errors import EmployeesNotImported
from salesapp.staff.hr_feed import Feed
from salesapp.staff.jobs import reconcile_employees
from salesapp.staff.models import Employee


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


def test_rows_that_name_nobody_are_told(
    alice: Employee, hr_list: Callable[..., Feed], settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.HR_FEED = hr_list(",x,salesperson,990101,N1,").address
    reconcile_employees(timestamp=0)
    levels = [record.levelname for record in caplog.records if "absent employees stay" in record.getMessage()]
    assert levels == ["ERROR"]
    alice.refresh_from_db()
    assert alice.is_active
