"""The short form; `python -m tests.attack --only enumeration` is the long one."""

import subprocess
import sys

from tests.chaos.scratch import CHECKOUT


def test_who_tries_numbers_is_held_and_the_work_of_an_answer_tells_nothing() -> None:
    words = [sys.executable, "-m", "tests.attack", "--short", "--only", "enumeration"]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("seen: ") == 3
    assert done.stdout.strip().endswith("all held")
