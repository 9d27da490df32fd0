"""The short form; `python -m tests.attack --only races` is the long one."""

import subprocess
import sys

from tests.chaos.scratch import CHECKOUT


def test_eight_processes_at_once_get_no_more_than_one() -> None:
    words = [sys.executable, "-m", "tests.attack", "--short", "--only", "races"]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("seen: ") == 3
    assert done.stdout.strip().endswith("all held")
