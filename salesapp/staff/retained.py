"""The rules of retention of this app, and of tables that other packages hold for all."""

from datetime import UTC, datetime

import structlog
from django.contrib.admin.models import LogEntry
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db.models import F, Max, QuerySet
from django.utils.translation import gettext_lazy as _
from procrastinate.contrib.django.models import ProcrastinateJob

from geo.retention import Retained, Rows, Rule, older
from salesapp.staff.actions.forget_access_log import forget_access_log
from salesapp.staff.errors import NoAuditKey, NotAsSealed, NotSealed
from salesapp.staff.models import AccessEntry, Employee, SignInFamily

log = structlog.get_logger(__name__)


def _reads_of_months(before: datetime) -> Rows:
    """Of months that are over as a whole: only those can go."""
    begun = before.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return AccessEntry.objects.filter(at__lt=begun)


def _forget_months(before: datetime) -> int:
    over = _reads_of_months(before).count()
    try:
        forget_access_log(before=before.astimezone(UTC).date())
    except (NotSealed, NoAuditKey) as error:
        log.error("access log kept", why=type(error).__name__)
    except NotAsSealed as error:
        log.error("access log kept", why=type(error).__name__, block=error.block, what=error.what)
    return over - _reads_of_months(before).count()


def _gone_for_long(before: datetime) -> Rows:
    return Employee.objects.filter(disabled_at__lt=before).exclude(name=F("employee_no"))


def _make_nameless(leavers: Rows) -> int:
    """The row stays, for others stand on it; the number says who it was as long as HR knows."""
    return leavers.update(name=F("employee_no"), password=make_password(None))


def _ended_jobs(before: datetime) -> Rows:
    jobs: QuerySet[ProcrastinateJob] = QuerySet(ProcrastinateJob)  # its own manager refuses to delete
    ended = jobs.filter(status__in=["succeeded", "failed", "cancelled", "aborted"])
    return ended.annotate(ended_at=Max("procrastinateevent__at")).filter(ended_at__lt=before)


RETAINED = [
    Rule(
        "access_entries", label=_("look-ups"), days=1096, least=183, most=3660,
        why=_("Who looked whom up: a member may ask, and misuse comes to light late. Logs are to be kept 6 months."),
        tables=(Retained(AccessEntry, _reads_of_months, "at", at_once=_forget_months),),
    ),
    Rule(
        "leavers", label=_("names of leavers"), days=1096, least=183, most=3660,
        why=_("Names of employees who left, counted from that day: their numbers stay in what they did."),
        tables=(Retained(Employee, _gone_for_long, "disabled_at", _make_nameless),),
    ),
    Rule(
        "sign_ins", label=_("sign-ins of the app"), days=0, least=0, most=366,
        why=_("Sign-ins past their end, with the ids of spent tokens: refused for their age alone."),
        tables=(older(SignInFamily, "expires_at"),),
    ),
    Rule(
        "sessions", label=_("sessions in the browser"), days=0, least=0, most=31,
        why=_("Page sessions past their end."),
        tables=(older(Session, "expire_date"),),
    ),
    Rule(
        "admin_log", label=_("log of the administration"), days=1096, least=183, most=3660,
        why=_("Who changed what in the administration. Logs are to be kept 6 months."),
        tables=(older(LogEntry, "action_time"),),
    ),
    Rule(
        "jobs", label=_("jobs of the worker"), days=30, least=1, most=366,
        why=_("Jobs that ended, counted from their end: those that failed, for whoever looks into it."),
        tables=(Retained(ProcrastinateJob, _ended_jobs, "ended_at"),),
    ),
]  # fmt: skip
