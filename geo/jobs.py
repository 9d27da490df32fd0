"""Jobs of this app, found by the worker (PROCRASTINATE_AUTODISCOVER_MODULE_NAME)."""

import structlog
from django.db import close_old_connections
from procrastinate.contrib.django import app

from geo.actions.apply_retention import apply_retention as apply

log = structlog.get_logger(__name__)


# 20:10 UTC is 04:10 in Shanghai
@app.periodic(cron="10 20 * * *")
@app.task(name="apply_retention", queueing_lock="apply_retention")
def apply_retention(timestamp: int) -> None:
    """Delete what nobody may keep any longer. ``timestamp`` is when the run was due."""
    close_old_connections()
    for outcome in apply(simulate=False):
        if outcome.rows:
            log.info("retention applied", rule=outcome.rule, table=outcome.table, rows=outcome.rows)
