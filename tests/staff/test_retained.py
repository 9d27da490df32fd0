from datetime import UTC, timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from salesapp.staff.actions.seal_access_log import seal_access_log
from salesapp.staff.models import AccessEntry, Employee
from salesapp.staff.queries.access_chain import Fault, check_chain
from tests.retention import around, gone, outcomes
from tests.staff.sealed_then import sealed_then

pytestmark = pytest.mark.django_db


def test_old_reads_go(alice: Employee) -> None:
    over, _not_over = around("access_entries")
    this_month = over.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with connection.cursor() as cursor:
        cursor.execute(
            "select staff_make_access_months(%s, %s)", [(this_month - timedelta(days=40)).date(), this_month.date()]
        )
    for moment in (this_month - timedelta(seconds=1), this_month - timedelta(days=32), this_month, over):
        AccessEntry.objects.create(employee=alice, reason="counter", address_hash=b"", at=moment)
    # evidence that is not sealed stays, however old
    (told,) = outcomes("access_entries", simulate=True)
    (kept,) = outcomes("access_entries")
    assert (told.rows, kept.rows) == (2, 0)
    seal_access_log()
    sealed_then(this_month)
    assert gone("access_entries") == {"staff_accessentry": 2}
    assert set(AccessEntry.objects.values_list("at", flat=True)) == {this_month, over}
    assert not any(isinstance(found, Fault) for found in check_chain())


def test_who_left_long_ago_has_a_number_for_a_name(alice: Employee, bob: Employee, charlie: Employee) -> None:
    (alice.disabled_at, bob.disabled_at) = around("leavers")
    for employee in (alice, bob, charlie):
        employee.name = "王小明"
        employee.save()
    assert gone("leavers") == {"staff_employee": 1}
    alice.refresh_from_db()
    assert (alice.name, alice.has_usable_password()) == ("alice", False)
    assert Employee.objects.filter(name="王小明").count() == 2


def test_sessions_past_their_end_go(db: None) -> None:
    for number, moment in enumerate(around("sessions")):
        Session.objects.create(session_key=str(number), session_data="", expire_date=moment)
    assert gone("sessions") == {"django_session": 1}
    assert Session.objects.get().session_key == "1"


def test_old_entries_of_the_administration_go(root: Employee) -> None:
    for moment in around("admin_log"):
        LogEntry.objects.create(user=root, action_flag=2, object_repr="x", action_time=moment)
    assert gone("admin_log") == {"django_admin_log": 1}


def test_jobs_go_that_ended_long_ago_and_none_that_waits() -> None:
    over, not_over = around("jobs")
    statuses = ("failed", "succeeded", "todo", "failed")
    with connection.cursor() as cursor:
        for status in statuses:
            cursor.execute(
                "insert into procrastinate_jobs (queue_name, task_name, status, args)"
                " values ('default', 'send_messages', %s::procrastinate_job_status, '{}')",
                [status],
            )
        cursor.execute("update procrastinate_events set at = %s", [over])
    jobs = list(ProcrastinateJob.objects.order_by("id"))
    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_events set at = %s where job_id = %s", [not_over, jobs[3].pk])
        for job in jobs[:2]:
            cursor.execute(
                "insert into procrastinate_events (job_id, type, at) values (%s, 'failed', %s)", [job.pk, over]
            )
    assert gone("jobs") == {"procrastinate_jobs": 2}
    assert list(ProcrastinateJob.objects.order_by("id")) == jobs[2:]
    assert not ProcrastinateEvent.objects.filter(job_id__in=[job.pk for job in jobs[:2]]).exists()
    assert timezone.now() > over
