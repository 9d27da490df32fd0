"""Jobs of this app, found by the worker (PROCRASTINATE_AUTODISCOVER_MODULE_NAME).

A job may run twice, or stop anywhere: what a message's row says decides what happens to it, never the job. So
a job that is lost is made again by the sweep, from the rows.
"""

import structlog
from django.db import close_old_connections
from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.jobs import Status

from outreach.actions.defer_sending import defer_sending
from outreach.actions.forget_request_keys import forget_request_keys
from outreach.actions.reap_messages import reap_messages
from outreach.actions.send_messages import send_messages
from outreach.models import Channel
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


@app.periodic(cron="* * * * *")
@app.task(name="sweep_messages", queueing_lock="sweep_messages")
def sweep(timestamp: int) -> None:
    """Settle what dead workers left, and send what waits without anybody at it. ``timestamp`` is when it was due."""
    close_old_connections()
    reaped = reap_messages()
    waiting = waiting_messages(idle_seconds=IDLE_SECONDS, limit=SWEPT_AT_ONCE)
    for channel, pairs in waiting.items():
        for start in range(0, len(pairs), JOB_SIZE):
            defer_sending(channel=Channel(channel), pairs=pairs[start : start + JOB_SIZE])
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


# 20:10 UTC is 04:10 in Shanghai
@app.periodic(cron="10 20 * * *")
@app.task(name="forget_request_keys", queueing_lock="forget_request_keys")
def forget_keys(timestamp: int) -> None:
    """Delete the Idempotency-Keys that nobody may repeat any more. ``timestamp`` is when the run was due."""
    close_old_connections()
    log.info("request keys forgotten", keys=forget_request_keys())
