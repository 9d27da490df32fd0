"""Jobs of this app, found by the worker (PROCRASTINATE_AUTODISCOVER_MODULE_NAME)."""

import structlog
from django.conf import settings
from procrastinate.contrib.django import app

from salesapp.staff.actions.import_employees import import_employees
from salesapp.staff.errors import EmployeesNotImported
from salesapp.staff.hr_feed import Feed

log = structlog.get_logger(__name__)


# 19:00 UTC is 03:00 in Shanghai
@app.periodic(cron="0 19 * * *")
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
