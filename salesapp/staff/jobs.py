"""Jobs of this app, found by the worker (PROCRASTINATE_AUTODISCOVER_MODULE_NAME)."""

import structlog
from procrastinate.contrib.django import app

from salesapp.staff.actions.forget_old_sign_ins import forget_old_sign_ins

log = structlog.get_logger(__name__)


# 20:00 UTC is 04:00 in Shanghai. Spent refresh tokens grow by every refresh of every phone.
@app.periodic(cron="0 20 * * *")
@app.task(name="forget_sign_ins", queueing_lock="forget_sign_ins")
def forget_sign_ins(timestamp: int) -> None:
    """Delete what has expired. ``timestamp`` is when the run was due."""
    log.info("old sign-ins forgotten", families=forget_old_sign_ins())
