"""`python -m tests.offline --runs 1000`: the queue of drafts under random faults, beside its planted bugs."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

# Among the browser tests, whose phone and server it drives
RUNS = Path(__file__).parents[1] / "pages" / "test_offline_runs.py"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.offline", description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, help="random runs (default 1000)")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers (default 1)")
    asked = parser.parse_args()
    if asked.runs < 40:
        parser.error("fewer than 40 runs do not meet every fault")
    # In a process of its own: the tests' databases, servers and fixtures are pytest's
    words = [sys.executable, "-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", str(RUNS)]
    environment = os.environ | {"OFFLINE_RUNS": str(asked.runs), "OFFLINE_SEED": str(asked.seed)}
    return subprocess.run(words, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
