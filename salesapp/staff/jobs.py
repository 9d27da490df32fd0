"""Jobs of this app, found by the worker (PROCRASTINATE_AUTODISCOVER_MODULE_NAME)."""

from dataclasses import dataclass
from pathlib import Path
from time import sleep

import structlog
from django.conf import settings
from django.db import close_old_connections
from procrastinate.contrib.django import app

from salesapp.staff.actions.import_employees import import_employees
from salesapp.staff.actions.make_access_months import make_access_months
from salesapp.staff.actions.seal_access_log import seal_access_log
from salesapp.staff.errors import EmployeesNotImported, NoAuditKey
from salesapp.staff.hr_feed import Feed, state_of_file
from salesapp.staff.queries.access_chain import check_lately

log = structlog.get_logger(__name__)


# Seconds in which nobody may have written to HR's file before it is read: longer than a write pauses
SETTLES_IN = 5


@dataclass(slots=True)
class _Read:
    """What HR's file was when this process read it last. Another process reads it once too, which changes nothing."""

    state: tuple[int, int] | None = None


_read = _Read()


# Twice a minute: with the seconds that a file settles in, whoever leaves is out within a minute of HR's writing so
@app.periodic(cron="* * * * * 0,30")
@app.task(name="watch_employees", queueing_lock="watch_employees")
def watch_employees(timestamp: int) -> None:
    """Read HR_FEED, where it is a file, as soon as it was written to. ``timestamp`` is when the look was due.

    One that is still being written waits for the next look. A list that is refused is told once, then by
    reconcile_employees. A directory does not say that it has changed.
    """
    close_old_connections()
    state = _state_of_feed()
    if not state or state == _read.state:
        return
    sleep(SETTLES_IN)
    if _state_of_feed() == state:
        _import(state)


# 03:00, 09:00, 15:00 and 21:00 in Shanghai: three lists may fail before HR_FEED_HOURS close the door
@app.periodic(cron="0 1,7,13,19 * * *")
@app.task(name="reconcile_employees", queueing_lock="reconcile_employees")
def reconcile_employees(timestamp: int) -> None:
    """Read HR_FEED, where there is one, changed or not.

    A list that is refused is told in the log, and the job counts as failed. Told is also a list that is not whole, and
    one that was made too long ago: the door closes HR_FEED_HOURS after the last whole one was made.
    """
    if settings.HR_FEED:
        _import(_state_of_feed())


def _state_of_feed() -> tuple[int, int] | None:
    """That of the file; None where there is none, or a directory."""
    try:
        return state_of_file(Path(settings.HR_FEED)) if settings.HR_FEED else None
    except OSError:
        return None


def _import(state: tuple[int, int] | None) -> None:
    try:
        done = import_employees(feed=Feed.of_settings())
    except EmployeesNotImported as error:
        _read.state = state
        log.error("employees not imported", reason=str(error))
        raise
    _read.state = state
    if done.nameless:
        log.error(
            "absent employees stay while rows of HR's list name nobody, and it does not count as a whole list",
            rows=done.nameless,
        )
    if done.untold:
        log.error(
            "rows of HR's list do not tell whether their employee has left, and it does not count as a whole list",
            rows=done.untold,
        )
    if done.is_overdue:
        log.error("HR's list is older than HR_FEED_HOURS, and lets nobody in", made_at=str(done.run.made_at))


@app.periodic(cron="* * * * *")
@app.task(name="seal_access_log", queueing_lock="seal_access_log")
def seal_log(timestamp: int) -> None:
    """Seal what was looked up since the last time. ``timestamp`` is when the run was due."""
    close_old_connections()
    try:
        seal_access_log()
    except NoAuditKey:
        log.error("the access log is not sealed: AUDIT_KEYS is missing")
        raise


# 20:20 UTC is 04:20 in Shanghai
@app.periodic(cron="20 20 * * *")
@app.task(name="tend_access_log", queueing_lock="tend_access_log")
def tend_log(timestamp: int) -> None:
    """Make the tables of the months to come, and look whether the blocks of the last days are as they were sealed."""
    close_old_connections()
    made = make_access_months()
    fault = check_lately()
    log.info("access log tended", months=made)
    if fault:
        log.error("the access log was changed", block=fault.block, what=fault.what)
