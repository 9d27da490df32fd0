"""The short forms; `make attack` runs the long ones."""

import subprocess
import sys

import pytest

from tests.attack.__main__ import PARTS
from tests.chaos.scratch import CHECKOUT

PLANTED = {"enumeration": 5, "races": 3, "imports": 4, "api": 6, "crawl": 12, "map": 6, "counts": 4, "canary": 10}


@pytest.mark.parametrize("part", PARTS)
def test_the_attack_fails_and_every_planted_bug_is_seen(part: str) -> None:
    words = [sys.executable, "-m", "tests.attack", "--short", "--only", part]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("seen: ") == PLANTED[part]
    assert done.stdout.strip().endswith("all held")
