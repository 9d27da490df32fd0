"""The short form; `python -m tests.attack --only canary` is the long one."""

import subprocess
import sys

from tests.chaos.scratch import CHECKOUT


def test_nothing_that_is_kept_holds_a_planted_number() -> None:
    words = [sys.executable, "-m", "tests.attack", "--short", "--only", "canary"]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("seen: ") == 10
    assert done.stdout.strip().endswith("all held")
