"""The short form; `python -m tests.chaos.broadcast` is the long one."""

import subprocess
import sys

from tests.chaos.scratch import CHECKOUT


def test_every_member_of_a_broadcast_ends_in_one_state_though_its_workers_are_killed() -> None:
    words = ["-m", "tests.chaos.broadcast", "--members", "20000", "--kills", "10"]
    done = subprocess.run([sys.executable, *words], cwd=CHECKOUT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip().endswith("held")
