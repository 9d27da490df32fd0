"""Random runs of the queue of drafts: networks that break before and after, phones that die, two tabs at once.

The phone's code and the server's are the real ones, down to the request key. Only the last step is another: instead
of a message to a member, whose month would hide a second one, a row with the draft's name is written, in the same
transaction as the key. So a draft that was lost has no row, and one that was sent twice has two.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.utils import timezone
from playwright.sync_api import BrowserContext, Error, Page, Route

from outreach.draft_ticket import draft_ticket
from outreach.models import TemplateVersion
from salesapp.staff.models import Employee

ENDPOINT = "**/api/sealed-drafts/"
SCRIPT = "**/static/phone/drafts.js"
PROBLEM = "application/problem+json"

# What is wrong in each twin: in the phone's code by replacement, on the server by leaving the key out of it
PLANTED = {
    "a new key at each try": ('"Idempotency-Key": row.key', '"Idempotency-Key": crypto.randomUUID()'),
    "forgotten before the answer": (
        "answer = await ask(row);",
        'await run("readwrite", (kept) => kept.delete(row.key)); answer = await ask(row);',
    ),
    "any answer is a yes": (
        "body: await answer.json() }",
        'body: await answer.json().catch(() => ({ state: "sent" })) }',
    ),
}
KEY_IGNORED = "the server does not look at the key"


@dataclass
class Report:
    """What was seen. Names of drafts are "run.number"."""

    runs: int = 0
    kept: int = 0  # the phone said that it has them
    unsure: int = 0  # the phone died while it took them
    seen: Counter[str] = field(default_factory=Counter)  # faults that requests met, and deaths
    lost: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)
    wrongly_told: list[str] = field(default_factory=list)

    def held(self) -> bool:
        return not (self.lost or self.twice or self.wrongly_told)


class Effects:
    """The rows that stand for messages."""

    def __enter__(self) -> "Effects":
        self._execute("create table proof_effects (draft text)")
        return self

    def __exit__(self, *_: object) -> None:
        self._execute("drop table proof_effects")

    @staticmethod
    def record(*, member: str, **_: object) -> None:
        """In the place of write_to_member."""
        Effects._execute("insert into proof_effects values (%s)", [member])

    def of(self, run: int) -> Counter[str]:
        with connection.cursor() as cursor:
            cursor.execute("select draft from proof_effects where draft like %s", [f"{run}.%"])
            return Counter(row[0] for row in cursor.fetchall())

    @staticmethod
    def _execute(statement: str, parameters: list[str] | None = None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement, parameters)


class Network:
    """Between the phone and the server: meets each request with the next fault, and with none once they are used up."""

    def __init__(self, report: Report) -> None:
        self.report, self.faults = report, list[str]()
        self.silent: list[Route] = []

    def meet(self, route: Route) -> None:
        fault = self.faults.pop(0) if self.faults else ""
        if fault:
            self.report.seen[fault] += 1
        with suppress(Error):  # the tab died meanwhile
            match fault:
                case "cut before":
                    route.abort()
                case "cut after":
                    route.fetch()
                    route.abort()
                case "broken proxy after":
                    route.fetch()
                    route.fulfill(status=502, body="<html>", content_type="text/html")
                case "server error":
                    route.fulfill(status=503, body='{"code": "limiter_unavailable"}', content_type=PROBLEM)
                case "too many":
                    route.fulfill(status=429, body='{"code": "too_many_requests"}', content_type=PROBLEM)
                case "signed out":
                    route.fulfill(status=401, body='{"code": "not_authenticated"}', content_type=PROBLEM)
                case "another network's page":
                    route.fulfill(status=200, body="<html>", content_type="text/html")
                case "silence before":
                    self.silent.append(route)
                case "silence after":
                    route.fetch()
                    self.silent.append(route)
                case _:
                    route.continue_()

    def mend(self) -> None:
        self.faults.clear()
        for route in self.silent:
            with suppress(Error):
                route.abort()
        self.silent.clear()


FAULTS = [
    "cut before", "cut after", "broken proxy after", "server error", "too many", "signed out",
    "another network's page", "silence before", "silence after",
]  # fmt: skip
DEATHS = ["reloaded", "killed", "killed while keeping"]


@dataclass
class Driver:
    """Two tabs of one phone, on which the employee is signed in."""

    context: BrowserContext
    address: str
    employee: Employee
    version: TemplateVersion
    report: Report
    network: Network
    tabs: list[Page] = field(default_factory=list)

    def open(self) -> Page:
        page = self.context.new_page()
        page.goto(self.address)
        return page

    def run(self, number: int, chance: random.Random, effects: Effects) -> None:
        kept, unsure = [], []
        self.network.faults = chance.choices(FAULTS, k=chance.randint(0, 5))
        for n in range(chance.randint(1, 3)):
            name = f"{number}.{n}"
            at = chance.randrange(2)
            if chance.random() < 0.1:
                self._start(at, "keep", *self._draft(name))
                self._kill(at, "killed while keeping")
                unsure.append(name)
            else:
                self.tabs[at].evaluate("([key, fields]) => drafts.keep(key, fields)", self._draft(name))
                kept.append(name)
            for _ in range(chance.randint(0, 2)):
                self._step(chance)
        self.network.mend()
        told = self._settle()
        done = effects.of(number)
        self.report.runs += 1
        self.report.kept += len(kept)
        self.report.unsure += len(unsure)
        self.report.lost += [name for name in kept if not done[name]]
        self.report.twice += [name for name in [*kept, *unsure] if done[name] > 1]
        wrong = [name for name in kept if (told.get(self._key(name)) == "sent") != (done[name] == 1)]
        self.report.wrongly_told += [name for name in wrong if name not in self.report.lost]

    def _draft(self, name: str) -> list[object]:
        form = {
            "member": name, "version": str(self.version.pk), "channel": "SMS", "category": "fridge",
            "text": "您好。", "ticket": draft_ticket(self.employee, name, timezone.now()),
        }  # fmt: skip
        return [self._key(name), form]

    def _key(self, name: str) -> str:
        return f"draft-{name}"

    def _start(self, at: int, what: str, *arguments: object) -> None:
        """Without waiting for it."""
        script = f"(given) => {{ drafts.{what}(...given).catch(() => {{}}); }}"
        self.tabs[at].evaluate(script, list(arguments))

    def _step(self, chance: random.Random) -> None:
        at = chance.randrange(2)
        match chance.choices(["flush", "online", "wait", "reloaded", "killed"], [5, 3, 3, 1, 1])[0]:
            case "flush":
                self._start(at, "flush")
            case "online":
                self.tabs[at].evaluate("() => { dispatchEvent(new Event('online')); }")
            case "wait":
                self.tabs[at].wait_for_timeout(chance.choice([1, 10, 40]))
            case "reloaded":
                self.report.seen["reloaded"] += 1
                self.tabs[at].reload()
            case "killed":
                self._kill(at, "killed")

    def _kill(self, at: int, how: str) -> None:
        self.report.seen[how] += 1
        self.tabs[at].close()
        self.tabs[at] = self.open()

    def _settle(self) -> dict[str, str]:
        """The network is whole again: what became of each draft, as the phone tells it."""
        for _ in range(50):
            self.tabs[0].evaluate("() => drafts.flush()")
            if self.tabs[0].evaluate("() => drafts.count()") == 0:
                break
        rows: list[dict[str, Any]] = self.tabs[0].evaluate(
            """async () => {
              const result = (asked) => new Promise((resolve) => { asked.onsuccess = () => resolve(asked.result); });
              const database = await result(indexedDB.open("drafts"));
              const stores = ["waiting", "settled"].map((name) => database.transaction(name).objectStore(name));
              const rows = await Promise.all(stores.map((store) => result(store.getAll())));
              database.close();
              return rows.flat().map(({ key, outcome }) => ({ key, outcome }));
            }"""
        )
        for row in rows:
            self.tabs[0].evaluate("(key) => drafts.forget(key)", row["key"])
        return {row["key"]: row["outcome"] for row in rows}


@contextmanager
def planted(context: BrowserContext, bug: str) -> Iterator[None]:
    """The phone's code with this bug in it."""
    if bug in PLANTED:
        before, after = PLANTED[bug]

        def change(route: Route) -> None:
            answer = route.fetch()
            script = answer.text()
            assert script.count(before) == 1, "the code has changed: plant the bug anew"
            route.fulfill(response=answer, body=script.replace(before, after))

        context.route(SCRIPT, change)
    yield


def drive(
    context: BrowserContext, server: str, employee: Employee, version: TemplateVersion, *, runs: int, seed: int,
    bug: str = "", told: Callable[[Report], None] = lambda _: None,
) -> Report:  # fmt: skip
    """So many random runs, the same for the same seed; with a bug in it, until it shows."""
    if runs < 1:
        raise ValueError("a proof of no runs proves nothing")
    report = Report()
    network = Network(report)
    context.route(ENDPOINT, network.meet)
    with Effects() as effects, planted(context, bug):
        driver = Driver(context, f"{server}/me/", employee, version, report, network)
        driver.tabs = [driver.open(), driver.open()]
        for number in range(1, runs + 1):
            driver.run(number, random.Random(f"{seed} {number}"), effects)
            told(report)
            if bug and not report.held():
                break
    return report
