"""Lighthouse's judgement of a page as a mobile phone shows it: accessibility and best practices."""

import json
import os
import subprocess
import tempfile
from pathlib import Path

from tests.bench.database import CHECKOUT, BenchFailed
from tests.bench.table import Figure
from tests.pages.chromium import ARGUMENTS

BINARY = CHECKOUT / "node_modules" / ".bin" / "lighthouse"
FLAGS = " ".join(ARGUMENTS)
CATEGORIES = {"accessibility": "accessibility", "best-practices": "best practices"}


def judge(address: str, page: str, *, chromium: str, session: str = "") -> list[Figure]:
    """Two scores of 100, and what took points off. ``session`` is the cookie of who is signed in."""
    with tempfile.TemporaryDirectory(prefix="budgets-") as folder:
        # In a file, not among the arguments that every process of the machine can read
        headers = Path(folder) / "headers.json"
        headers.write_text(json.dumps({"Cookie": f"sessionid={session}"} if session else {}))
        done = subprocess.run(
            [
                *(str(BINARY), address, "--output=json", "--output-path=stdout", "--quiet", "--form-factor=mobile"),
                *(f"--chrome-flags={FLAGS}", f"--only-categories={','.join(CATEGORIES)}"),
                f"--extra-headers={headers}",
            ],
            env=os.environ | {"CHROME_PATH": chromium},
            capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
    if done.returncode:
        raise BenchFailed(f"Lighthouse failed on {page}: {done.stderr.strip()[-500:]}")
    report = json.loads(done.stdout)
    if not report["finalDisplayedUrl"].startswith(address):
        raise BenchFailed(f"Lighthouse was sent away from {page}")
    figures = []
    for category, words in CATEGORIES.items():
        judged = report["categories"][category]
        missed = [
            ref["id"] for ref in judged["auditRefs"]
            if ref["weight"] and (report["audits"][ref["id"]]["score"] or 0) < 1
            and report["audits"][ref["id"]]["scoreDisplayMode"] not in {"notApplicable", "manual", "informative"}
        ]  # fmt: skip
        figures.append(
            Figure(f"Lighthouse, {page}: {words}", 100 * judged["score"], "", bar=95, at_most=False,
                   floor_is=", ".join(missed))
        )  # fmt: skip
    return figures
