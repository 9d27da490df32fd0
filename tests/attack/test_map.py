"""The short form; `python -m tests.attack --only map` is the long one."""

import subprocess
import sys

from tests.chaos.scratch import CHECKOUT


def test_what_the_map_hides_is_not_had_by_comparing() -> None:
    words = [sys.executable, "-m", "tests.attack", "--short", "--only", "map"]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("seen: ") == 6
    assert done.stdout.strip().endswith("all held")
