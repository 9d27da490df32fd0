"""The short form; `python -m tests.attack --only imports` is the long one."""

import subprocess
import sys

from tests.chaos.scratch import CHECKOUT


def test_no_file_takes_the_memory_or_is_half_loaded() -> None:
    words = [sys.executable, "-m", "tests.attack", "--short", "--only", "imports"]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("seen: ") == 4
    assert done.stdout.strip().endswith("all held")
