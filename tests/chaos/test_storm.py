"""The storm for a minute, its twin, and the single faults; each in a process of its own, as `make chaos` runs them."""

import subprocess
import sys
from contextlib import nullcontext

import pytest

from tests.chaos.scratch import CHECKOUT


@pytest.mark.parametrize(("part", "seconds"), [("storm", 60), ("retry", 15), ("faults", 0), ("disk", 0)])
def test_it_holds(part: str, seconds: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--only", part, "--seconds", str(seconds)],
        cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout[-5000:]


def test_where_no_disk_can_be_mounted_nothing_was_proved(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.chaos import parts

    monkeypatch.setattr(parts, "small_disk", lambda megabytes: nullcontext(None))

    assert parts.disk() is False


def test_a_storm_in_which_too_little_happens_is_worth_nothing() -> None:
    from tests.chaos.storm import Report

    report = Report(seconds=60)

    assert len(report.missing()) == len(Report(seconds=0).missing()) == 6
    report.events.update(accepted=600, kills=100, stops=30, crashes=3, merges=8, withdrawals=15)
    assert report.missing() == []
    assert len(Report(seconds=1800, events=report.events).missing()) == 6
