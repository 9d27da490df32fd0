"""The short form, beside its twins; `python -m tests.offline --runs 1000` is the long one."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext
from pytest_django.live_server_helper import LiveServer

from outreach.actions import write_from_counter
from outreach.models import TemplateVersion
from salesapp.staff.models import Employee
from tests.builders import make_category
from tests.offline.runs import DEATHS, FAULTS, KEY_IGNORED, PLANTED, Effects, Report, drive
from tests.outreach.templates import make_version
from tests.pages.conftest import Phone

pytestmark = pytest.mark.browser

RUNS = int(os.environ.get("OFFLINE_RUNS", "40"))
SEED = int(os.environ.get("OFFLINE_SEED", "1"))
Drive = Callable[..., Report]


@pytest.fixture
def version(alice: Employee, monkeypatch: pytest.MonkeyPatch) -> TemplateVersion:
    make_category()
    monkeypatch.setattr(write_from_counter, "write_to_member", Effects.record)
    return make_version()


@pytest.fixture
def context(chromium: Browser, live_server: LiveServer, alice: Employee) -> Iterator[BrowserContext]:
    # Routes do not see what a service worker asks
    context = chromium.new_context(service_workers="block")
    page = context.new_page()
    Phone(page, live_server.url).sign_in("alice")
    page.close()
    yield context
    context.close()


@pytest.fixture
def drive_runs(context: BrowserContext, live_server: LiveServer, alice: Employee, version: TemplateVersion) -> Drive:
    def _drive(runs: int, **options: Any) -> Report:
        return drive(context, live_server.url, alice, version, runs=runs, seed=SEED, **options)

    return _drive


def tell(report: Report) -> None:
    if RUNS >= 100 and report.runs % 100 == 0:
        found = f"lost {len(report.lost)}, twice {len(report.twice)}, wrongly told {len(report.wrongly_told)}"
        print(f"    {report.runs:>6,} runs, {report.kept:,} drafts: {found}", flush=True)


def test_no_draft_is_lost_and_none_is_sent_twice(drive_runs: Drive) -> None:
    report = drive_runs(RUNS, told=tell)
    if RUNS >= 100:
        print(f"    met on the way: {dict(report.seen.most_common())}; unsure {report.unsure:,}", flush=True)
    assert (report.lost, report.twice, report.wrongly_told) == ([], [], [])
    assert report.runs == RUNS
    assert report.kept >= RUNS
    assert set(report.seen) == {*FAULTS, *DEATHS}


@pytest.mark.parametrize("bug", PLANTED)
def test_a_planted_bug_is_found(drive_runs: Drive, bug: str) -> None:
    report = drive_runs(200, bug=bug)
    assert not report.held()
    print(f"    {bug}: found in run {report.runs}", flush=True)


def test_a_server_that_does_not_look_at_the_key_is_found(drive_runs: Drive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_from_counter, "act_once", lambda *, effect, **_: effect())
    report = drive_runs(200, bug=KEY_IGNORED)
    assert report.twice
    print(f"    {KEY_IGNORED}: found in run {report.runs}", flush=True)


@pytest.mark.parametrize("runs", [0, -1])
def test_an_empty_proof_is_refused(drive_runs: Drive, runs: int) -> None:
    with pytest.raises(ValueError, match="proves nothing"):
        drive_runs(runs)
