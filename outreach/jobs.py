"""Jobs of this app, found by the worker (PROCRASTINATE_AUTODISCOVER_MODULE_NAME).

A job may run twice, or stop anywhere: what a message's row says decides what happens to it, never the job. So
a job that is lost is made again by the sweep, from the rows.
"""

from contextlib import suppress
from datetime import datetime

import structlog
from django.db import close_old_connections
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status

from members.queries.waiting_codes import waiting_codes
from outreach.actions.claim_batch import claim_batch
from outreach.actions.defer_code import defer_code
from outreach.actions.defer_sending import defer_sending
from outreach.actions.publish_audience import publish_audience
from outreach.actions.publish_team_weeks import publish_team_weeks
from outreach.actions.reap_messages import reap_messages
from outreach.actions.send_code import send_code
from outreach.actions.send_messages import send_messages
from outreach.actions.take_early_receipts import take_early_receipts
from outreach.actions.tend_broadcast import tend_broadcast
from outreach.models import Channel
from outreach.queries.audience_counts import counts_are_due
from outreach.queries.broadcasts import broadcasts_to_tend
from outreach.queries.open_batches import TASK
from outreach.queries.waiting_messages import Pairs, waiting_messages

log = structlog.get_logger(__name__)

# A worker that sends takes less than this between the claim and the hand-over of a message
IDLE_SECONDS = 180
SWEPT_AT_ONCE = 10_000
JOB_SIZE = 500


@app.task(name="send_messages")
def send(channel: int, pairs: Pairs) -> None:
    """Send these claimed messages, (member id, number) each, of one channel."""
    close_old_connections()
    ended = send_messages(channel=Channel(channel), pairs=[(member_id, no) for member_id, no in pairs])
    log.info("messages sent", channel=Channel(channel).name, **ended)


@app.task(name="send_code")
def send_one_code(verification: int) -> None:
    close_old_connections()
    log.info("code sent", outcome=send_code(verification_id=verification).name)


@app.periodic(cron="* * * * *")
@app.task(name="sweep_messages", queueing_lock="sweep_messages")
def sweep(timestamp: int) -> None:
    """Settle what dead workers left, and send what waits without anybody at it. ``timestamp`` is when it was due."""
    close_old_connections()
    reaped = reap_messages()
    take_early_receipts()
    waiting = waiting_messages(idle_seconds=IDLE_SECONDS, limit=SWEPT_AT_ONCE)
    for channel, pairs in waiting.items():
        for start in range(0, len(pairs), JOB_SIZE):
            defer_sending(channel=Channel(channel), pairs=pairs[start : start + JOB_SIZE])
    for verification in waiting_codes():
        defer_code(verification=verification)
    if reaped or waiting:
        log.info("messages swept", reaped=reaped, waiting=sum(map(len, waiting.values())))


@app.periodic(cron="* * * * *")
@app.task(name="close_lost_jobs", queueing_lock="close_lost_jobs", pass_context=True)
async def close_lost_jobs(context: JobContext, timestamp: int) -> None:
    """Mark the jobs of workers that died as failed, and never run one again: rows say what is left to do."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs():
        log.warning("job of a dead worker closed", job=job.id, task=job.task_name)
        await jobs.finish_job(job, Status.FAILED, delete_job=False)


# At ten past every hour; the counts once a night, after the nightly figures, which begin at half past two
@app.periodic(cron="10 * * * *")
@app.task(name="publish_audience", queueing_lock="publish_audience")
def publish(timestamp: int) -> None:
    """Who needs what and can be reached how. ``timestamp`` is when it was due."""
    close_old_connections()
    log.info("audience published", rows=publish_audience(recount=counts_are_due()))


# 19:40 UTC is 03:40 in Shanghai
@app.periodic(cron="40 19 * * *")
@app.task(name="publish_team_weeks", queueing_lock="publish_team_weeks")
def publish_weeks(timestamp: int) -> None:
    """What came of the teams' messages. ``timestamp`` is when it was due."""
    close_old_connections()
    log.info("team weeks published", rows=publish_team_weeks())


@app.periodic(cron="* * * * *")
@app.task(name="tend_broadcasts", queueing_lock="tend_broadcasts")
def tend_all(timestamp: int) -> None:
    """A job for each broadcast, so that one that fails stops no other. ``timestamp`` is when it was due."""
    close_old_connections()
    for broadcast_id in broadcasts_to_tend():
        with suppress(AlreadyEnqueued):
            tend.configure(queueing_lock=f"tend broadcast {broadcast_id}").defer(broadcast=broadcast_id)


@app.task(name="tend_broadcast")
def tend(broadcast: int) -> None:
    """Gather, begin, end, measure, and have the batches claimed that nobody is at."""
    close_old_connections()
    for batch in tend_broadcast(broadcast_id=broadcast):
        _defer_batch(broadcast, batch)


@app.task(name=TASK)
def claim(broadcast: int, batch: int) -> None:
    """Claim a batch; at night and while sending is off, later."""
    close_old_connections()
    again = claim_batch(broadcast_id=broadcast, batch=batch)
    if again is not None:
        _defer_batch(broadcast, batch, again)


def _defer_batch(broadcast: int, batch: int, at: datetime | None = None) -> None:
    # What is claimed is sent before more is claimed
    deferrer = claim.configure(queueing_lock=f"broadcast {broadcast} batch {batch}", schedule_at=at, priority=-1)
    with suppress(AlreadyEnqueued):
        deferrer.defer(broadcast=broadcast, batch=batch)
