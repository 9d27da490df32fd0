"""Jobs of this app, found by the worker (PROCRASTINATE_AUTODISCOVER_MODULE_NAME)."""

from contextlib import suppress

import structlog
from django.db import close_old_connections
from django.utils import timezone
from django.utils.module_loading import import_string
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from members.actions.build_figures import build_figures
from members.actions.carry_out_erasure import carry_out_erasure
from members.actions.defer_import import TASK as WORK
from members.actions.defer_import import defer_import
from members.actions.forget_verifications import forget_verifications
from members.actions.publish_sealing_key import publish_sealing_key
from members.actions.request_erasure import TASK as ERASE
from members.actions.tend_imports import tend_imports
from members.models import Erasure, FileImport
from members.vault import NoDataKey

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


@app.task(name=ERASE)
def erase(erasure: int) -> None:
    close_old_connections()
    if carry_out_erasure(erasure_id=erasure):
        log.info("member erased", erasure=erasure)


@app.periodic(cron="* * * * *")
@app.task(name="sweep_members", queueing_lock="sweep_members")
def sweep(timestamp: int) -> None:
    """Erasures whose job was lost, codes and sessions that ended, the key to seal to. ``timestamp`` is when due."""
    close_old_connections()
    for erasure in Erasure.objects.filter(done_at=None).values_list("pk", flat=True):
        with suppress(AlreadyEnqueued):
            erase.configure(queueing_lock=f"erase {erasure}").defer(erasure=erasure)
    forget_verifications()
    with suppress(NoDataKey):  # a worker without keys sends nothing either
        publish_sealing_key()


@app.task(name=WORK)
def work(file_import: int) -> None:
    """Do what the import's state says; later, while another one of its kind is under way."""
    close_old_connections()
    # Named, not imported: it brings pandas along, of which the web, which knows all jobs, has no use
    if not import_string("members.actions.work_on_import.work_on_import")(import_id=file_import):
        defer_import(file_import=FileImport.objects.get(pk=file_import), in_seconds=5)


@app.periodic(cron="* * * * *")
@app.task(name="tend_imports", queueing_lock="tend_imports")
def tend(timestamp: int) -> None:
    """Say of imports whose worker died that they are broken off. ``timestamp`` is when it was due."""
    close_old_connections()
    if broken_off := tend_imports():
        log.warning("file imports broken off", imports=broken_off)
