"""`python -m tests.chaos`: the proofs that take long. Without options all of them, as `make chaos` runs them."""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800, help="of the storm (default 1800)")
    parser.add_argument(
        "--only", default="", help="parts, by comma: storm, retry, faults, disk, broadcast, machine, races"
    )
    asked = parser.parse_args()

    from tests.chaos.scratch import GENERATION, checkouts_database

    checkouts_database()
    os.environ |= {"DJANGO_SETTINGS_MODULE": "salesapp.settings", "SENDING_GENERATION": str(GENERATION)}
    from tests.chaos import parts

    everything: dict[str, Callable[[], bool]] = {
        "storm": lambda: parts.storm(asked.seconds),
        "retry": lambda: parts.retry(min(asked.seconds, 60)),
        "faults": parts.faults,
        "disk": parts.disk,
        "broadcast": parts.broadcast,
        "machine": parts.machine,
        "races": parts.races,
    }
    chosen = asked.only.split(",") if asked.only else list(everything)
    if unknown := set(chosen) - set(everything):
        parser.error(f"no part is called {', '.join(unknown)}")
    if len(chosen) == 1:
        return 0 if everything[chosen[0]]() else 1
    # Each in a process of its own: some set Django up on a database of theirs
    failed = []
    for name in chosen:
        began = time.time()
        print(f"--- {name}", flush=True)
        words = [sys.executable, "-m", "tests.chaos", "--seconds", str(asked.seconds), "--only", name]
        if subprocess.run(words, check=False).returncode:
            failed.append(name)
        print(f"    {time.time() - began:.0f} s", flush=True)
    print(f"FAILED: {', '.join(failed)}" if failed else "all held")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
