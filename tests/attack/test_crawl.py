"""The short form; `python -m tests.attack --only crawl` is the long one."""

import subprocess
import sys

from tests.chaos.scratch import CHECKOUT


def test_no_answer_of_any_kind_holds_what_staff_must_not_read() -> None:
    words = [sys.executable, "-m", "tests.attack", "--short", "--only", "crawl"]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("seen: ") == 11
    assert done.stdout.strip().endswith("all held")
