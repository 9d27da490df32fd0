"""Jobs of this app, found by the worker (PROCRASTINATE_AUTODISCOVER_MODULE_NAME)."""

import structlog
from django.conf import settings
from procrastinate.contrib.django import app

from salesapp.staff.actions.forget_old_sign_ins import forget_old_sign_ins
from salesapp.staff.actions.import_employees import import_employees
from salesapp.staff.errors import EmployeesNotImported
from salesapp.staff.hr_feed import Feed

log = structlog.get_logger(__name__)


# 20:00 UTC is 04:00 in Shanghai. Spent refresh tokens grow by every refresh of every phone.
@app.periodic(cron="0 20 * * *")
@app.task(name="forget_sign_ins", queueing_lock="forget_sign_ins")
def forget_sign_ins(timestamp: int) -> None:
    """Delete what has expired. ``timestamp`` is when the run was due."""
    log.info("old sign-ins forgotten", families=forget_old_sign_ins())


# 03:00, 09:00, 15:00 and 21:00 in Shanghai: three lists may fail before HR_FEED_HOURS close the door
@app.periodic(cron="0 1,7,13,19 * * *")
@app.task(name="reconcile_employees", queueing_lock="reconcile_employees")
def reconcile_employees(timestamp: int) -> None:
    """Read HR_FEED, where there is one. A list that is refused is told in the log, and the job counts as failed."""
    if not settings.HR_FEED:
        return
    try:
        done = import_employees(feed=Feed.of_settings())
    except EmployeesNotImported as error:
        log.error("employees not imported", reason=str(error))
        raise
    if done.nameless:
        log.warning("absent employees stay while rows of HR's list name nobody", rows=done.nameless)
