"""Jobs of this app, found by the worker (PROCRASTINATE_AUTODISCOVER_MODULE_NAME)."""

import structlog
from django.utils import timezone
from procrastinate.contrib.django import app

from members.actions.build_figures import build_figures

log = structlog.get_logger(__name__)


# The worker reads cron expressions in UTC: 18:30 there is 02:30 in Shanghai.
# The queueing lock keeps a second run from lining up; two that were started by different hands take turns,
# table by table, by the locks of geo.publishing. A lock of the queue would outlive a worker that was killed.
@app.periodic(cron="30 18 * * *")
@app.task(name="nightly_figures", queueing_lock="nightly_figures")
def nightly_figures(timestamp: int) -> None:
    """Needs, neighbour lists and statistics of today. ``timestamp`` is when the run was due."""
    built = build_figures(today=timezone.localdate(), tell=lambda step: log.info("nightly figures", step=step))
    log.info(
        "nightly figures published",
        needs=built.needs.needs, lists=built.lists.communities + built.lists.regions,
        community_rows=built.stats.community_rows,
    )  # fmt: skip
