"""Lighthouse's judgement of a page as a mobile phone shows it: accessibility and best practices."""

import json
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import BrowserContext, Playwright

from tests.bench.database import CHECKOUT, BenchFailed
from tests.bench.table import Figure
from tests.pages.chromium import ARGUMENTS

BINARY = CHECKOUT / "node_modules" / ".bin" / "lighthouse"
CATEGORIES = {"accessibility": "accessibility", "best-practices": "best practices"}


@dataclass(frozen=True, slots=True)
class Judge:
    """A browser of its own that Lighthouse talks to. Signed in by a cookie in it: one among the headers that
    Lighthouse can send would not reach what the map's worker asks for."""

    context: BrowserContext
    port: int

    def judge(self, address: str, page: str, session: str) -> list[Figure]:
        """Two scores of 100, and what took points off. ``session`` is the cookie of who is signed in, or empty."""
        self.context.clear_cookies()
        if session:
            self.context.add_cookies([{"name": "sessionid", "value": session, "url": urljoin(address, "/")}])
        words = [
            *(str(BINARY), address, "--output=json", "--output-path=stdout", "--quiet", "--form-factor=mobile"),
            *(f"--port={self.port}", "--disable-storage-reset", f"--only-categories={','.join(CATEGORIES)}"),
        ]
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            raise BenchFailed(f"Lighthouse failed on {page}: {done.stderr.strip()[-500:]}")
        report = json.loads(done.stdout)
        if not report["finalDisplayedUrl"].startswith(address):
            raise BenchFailed(f"Lighthouse was sent away from {page}, to {urlsplit(report['finalDisplayedUrl']).path}")
        return [
            Figure(
                f"Lighthouse, {page}: {name}", 100 * report["categories"][category]["score"], "", bar=95,
                at_most=False, floor_is=", ".join(_missed(report, category)),
            )
            for category, name in CATEGORIES.items()
        ]  # fmt: skip


def _missed(report: dict[str, Any], category: str) -> list[str]:
    """Audits that took points off."""
    weighted = [ref["id"] for ref in report["categories"][category]["auditRefs"] if ref["weight"]]
    scores = {name: report["audits"][name]["score"] for name in weighted}
    return [name for name, score in scores.items() if score is not None and score < 1]


@contextmanager
def judge(playwright: Playwright, chromium: str) -> Iterator[Judge]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    with tempfile.TemporaryDirectory(prefix="budgets-") as folder:
        arguments = [*ARGUMENTS, f"--remote-debugging-port={port}"]
        context = playwright.chromium.launch_persistent_context(folder, executable_path=chromium, args=arguments)
        yield Judge(context, port)
        context.close()
