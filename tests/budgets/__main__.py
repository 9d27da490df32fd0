import argparse
import os
import sys
from collections.abc import Callable

from tests.bench.database import BenchFailed, url_of_demo
from tests.bench.servers import Redis
from tests.bench.table import Figure, as_table
from tests.budgets import __doc__ as about
from tests.budgets import lighthouse, phone, town
from tests.budgets.line import DOWN, ROUND_TRIP, UP, Line
from tests.budgets.server import Server
from tests.pages.chromium import ARGUMENTS, CHROMIUM

STAFF = ("lin", "mei", "alice")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.budgets", description=about)
    parser.add_argument("--fresh", action="store_true", help="build the town anew")
    parser.add_argument("--report-only", action="store_true", help="exit 0 also when a bar is missed")
    parser.add_argument("--only", default="", help="names of parts, by comma: load, pan, lost, look-up, lighthouse")
    asked = parser.parse_args()
    try:
        figures = run(asked)
    except BenchFailed as error:
        print(f"budgets: {error}", file=sys.stderr)
        return 2
    print(
        f"\n{town.COMMUNITIES:,} communities; page slowed {phone.SLOWER} ×; line of {DOWN * 8 / 1e6:g} Mbit/s down,"
        f" {UP * 8 / 1e6:g} up, {ROUND_TRIP * 1000:.0f} ms; WebGL by the CPU; {os.cpu_count()} cores,"
        f" load {os.getloadavg()[0]:.1f} at the end\n"
    )
    print(as_table(figures))
    missed = [figure.what for figure in figures if figure.is_over]
    if missed:
        print(f"\n{len(missed)} of {sum(f.bar is not None for f in figures)} bars missed: {'; '.join(missed)}")
    return 1 if missed and not asked.report_only else 0


def run(asked: argparse.Namespace) -> list[Figure]:
    """All figures of one run. Raises BenchFailed."""
    if CHROMIUM is None or not lighthouse.BINARY.exists():
        raise BenchFailed("Chromium or Lighthouse is missing: `make testsystem dev` installs them")
    url = url_of_demo()
    with Redis() as redis:
        os.environ |= {
            "DATABASE_URL": town.url_of_town(url),
            "WEB_DATABASE_URL": town.url_of_town(url, user="salesapp_web"),
            "REDIS_URL": redis.url,
            "DEMO": "1",
            "ALLOWED_HOSTS": "127.0.0.1",
            "DJANGO_SETTINGS_MODULE": "salesapp.settings",
            # As many look-ups as are measured
            "LOOKUP_LIMITS": "1000/10s,10000/d",
        }
        town.prepare(url, fresh=asked.fresh)

        import django

        django.setup()
        sessions = {employee_no: _session(employee_no) for employee_no in STAFF}
        with Server() as server, Line(server.port) as line:
            return _measure(asked.only, CHROMIUM, server, line, sessions)


def _measure(only: str, chromium: str, server: Server, line: Line, sessions: dict[str, str]) -> list[Figure]:
    from playwright.sync_api import sync_playwright

    from salesapp.demo.planted import STORY

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        its = phone.Phone(browser, line, sessions)

        def load() -> list[Figure]:
            return [*its.first_load("lin", "a whole town"), *its.first_load("mei", "one district")]

        def judged() -> list[Figure]:
            figures = []
            for page, path, who in (
                ("sign-in", "/sign-in/", ""),
                ("map", "/map/", "mei"),
                ("counter", "/counter/", "alice"),
            ):
                address = f"http://127.0.0.1:{server.port}{path}"
                figures += lighthouse.judge(address, page, chromium=chromium, session=sessions.get(who, ""))
            return figures

        parts: dict[str, Callable[[], list[Figure]]] = {
            "load": load,
            "pan": its.panning,
            "lost": its.lost_drawing,
            "look-up": lambda: its.look_up(STORY[0].phone),
            "lighthouse": judged,
        }
        figures: list[Figure] = []
        for name in only.split(",") if only else list(parts):
            if name not in parts:
                raise BenchFailed(f"no part is called {name}; there are {', '.join(parts)}")
            print(f"measuring: {name}", flush=True)
            figures += parts[name]()
        browser.close()
    return figures


def _session(employee_no: str) -> str:
    """A signed-in browser's cookie."""
    from django.test import Client

    from salesapp.staff.models import Employee

    client = Client()
    client.force_login(Employee.objects.get(employee_no=employee_no))
    return client.cookies["sessionid"].value


if __name__ == "__main__":
    sys.exit(main())
