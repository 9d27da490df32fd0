import asyncio
import signal
from typing import Any, cast

import structlog
from django.core.management.base import BaseCommand, CommandParser
from procrastinate import exceptions
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector

log = structlog.get_logger(__name__)

PAUSE = 2.0  # seconds before a worker whose database went away tries again


class Command(BaseCommand):
    help = "Run jobs: messages, broadcasts, nightly figures. Any number of workers on any number of machines."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--concurrency", type=int, default=4, help="jobs at a time, each in a thread (4)")
        parser.add_argument("--one-pass", action="store_true", help="end when no job is waiting")

    def handle(self, *args: Any, **options: Any) -> None:
        asyncio.run(self._work(options["concurrency"], wait=not options["one_pass"]))

    async def _work(self, concurrency: int, *, wait: bool) -> None:
        """Until a signal asks it to stop (or no job is left): jobs under way are finished first."""
        connector = cast(DjangoConnector, app.connector)
        work = cast("asyncio.Task[None]", asyncio.current_task())
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, work.cancel)
        while True:
            try:
                with app.replace_connector(connector.get_worker_connector()) as worker:
                    async with worker.open_async():
                        await worker.run_worker_async(
                            concurrency=concurrency, wait=wait, delete_jobs="successful",
                            fetch_job_polling_interval=2.0, install_signal_handlers=False,
                        )  # fmt: skip
            except exceptions.ConnectorException:
                pass
            except asyncio.CancelledError:  # a signal; the jobs under way have been finished
                return
            else:
                # One that waits ends by itself only where its listening connection was lost
                if not wait:
                    return
            log.warning("the database went away; trying again", seconds=PAUSE)
            await asyncio.sleep(PAUSE)
