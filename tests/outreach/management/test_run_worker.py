"""The worker goes on for as long as nobody stops it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from django.core.management import call_command
from procrastinate import App, exceptions

from outreach.management.commands import run_worker


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """How often a worker's loop was begun, of which each ended in the way that is named."""

    def _runs(*ends: type[BaseException] | None, **options: object) -> int:
        begun = 0

        async def run(self: App, **options: object) -> None:
            nonlocal begun
            begun += 1
            if end := ends[begun - 1]:
                raise end

        monkeypatch.setattr(App, "run_worker_async", run)
        call_command("run_worker", **options)
        return begun

    @asynccontextmanager
    async def opened(self: App) -> AsyncIterator[App]:
        yield self

    monkeypatch.setattr(App, "open_async", opened)
    monkeypatch.setattr(run_worker, "PAUSE", 0.0)
    return _runs


def test_it_goes_on_when_the_database_went_away_and_when_only_its_listening_did(runs: Callable[..., int]) -> None:
    # Of a lost listening connection procrastinate makes a plain end
    assert runs(exceptions.ConnectorException, None, asyncio.CancelledError) == 3


def test_one_pass_is_one_pass(runs: Callable[..., int]) -> None:
    assert runs(None, one_pass=True) == 1
