from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django import app
from pytest_django.fixtures import Settings

from geo.models import ImportRun
from salesapp.staff.errors import EmployeesNotImported
from salesapp.staff.hr_feed import Feed
from salesapp.staff.jobs import forget_sign_ins, reconcile_employees
from salesapp.staff.models import Employee, SignInFamily


@pytest.mark.parametrize("job", ["forget_sign_ins", "reconcile_employees"])
def test_the_worker_knows_the_daily_jobs(job: str) -> None:
    assert (job, "") in app.periodic_registry.periodic_tasks


def test_only_what_has_expired_is_forgotten(alice: Employee) -> None:
    now = timezone.now()
    SignInFamily.objects.create(employee=alice, expires_at=now - timedelta(days=1))
    current = SignInFamily.objects.create(employee=alice, expires_at=now + timedelta(days=1))
    forget_sign_ins(timestamp=0)
    assert list(SignInFamily.objects.all()) == [current]


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
    assert "absent employees stay" in caplog.text
    alice.refresh_from_db()
    assert alice.is_active
