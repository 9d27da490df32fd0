"""The short form; `python -m tests.attack --only api` is the long one."""

import subprocess
import sys

from tests.chaos.scratch import CHECKOUT


def test_every_operation_answers_as_its_document_says_and_planted_bugs_are_found() -> None:
    words = [sys.executable, "-m", "tests.attack", "--short", "--only", "api"]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("seen: ") == 6
    assert done.stdout.strip().endswith("all held")
