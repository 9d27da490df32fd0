"""Eight senders are killed and frozen, PostgreSQL crashes, the provider lies; then its log is held against ours.

The senders run the product's own code (worker.py) in processes of their own. The cluster is the run's own. A run
in which too little happened is worth nothing and fails.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection

from outreach import channels
from outreach.actions.reap_messages import reap_messages
from outreach.message_token import read_token
from outreach.models import Message
from tests.chaos.gate import SMS
from tests.chaos.scratch import CALL_MAX, MONTH, Database
from tests.chaos.town import phone_of, populate
from tests.chaos.worker import HOT, work

WORKERS = 8
State = Message.State
# What must have happened at least, in a minute of a short run and in the half hour of a long one
LEAST_A_MINUTE = {"accepted": 600, "kills": 100, "stops": 30, "crashes": 3, "merges": 8, "withdrawals": 15}
LEAST_LONG = {"accepted": 50_000, "kills": 5000, "stops": 1000, "crashes": 100, "merges": 500, "withdrawals": 500}
LONG = 1800.0
# Hand-overs to people who, by what the ledger says of that moment, had said no
REPLAY = """
select count(*) from outreach_message x
 where x.handover_at is not null
   and members_consent_as_of(x.member_id, x.channel, 1::smallint, x.handover_at) is not true
"""


@dataclass(slots=True)
class Report:
    seconds: float
    events: Counter[str] = field(default_factory=Counter)
    states: dict[str, int] = field(default_factory=dict)
    second_messages: int = 0
    same_message_twice: int = 0
    sent_but_denied: int = 0  # accepted by the provider, and our ledger says that it was not sent
    claimed_but_never_sent: int = 0  # our ledger says accepted, and the provider knows nothing of it
    after_a_no: int = 0  # by the clock of whoever recorded it
    replayed_to_a_no: int = 0  # by the ledger of consents
    unsettled: int = 0  # rows that say nothing of what became of the message
    least_gap: float = float("inf")
    evidence: list[str] = field(default_factory=list)  # of hand-overs after a no

    @property
    def faults(self) -> int:
        return (
            self.second_messages + self.same_message_twice + self.sent_but_denied + self.claimed_but_never_sent
            + self.after_a_no + self.replayed_to_a_no + self.unsettled
        )  # fmt: skip

    def missing(self) -> list[str]:
        """Of what too little happened."""
        short = {what: max(number * self.seconds / 60, 1) for what, number in LEAST_A_MINUTE.items()}
        least = LEAST_LONG if self.seconds >= LONG else short
        return [f"{what}: {self.events[what]} < {number:.0f}" for what, number in least.items()
                if self.events[what] < number]  # fmt: skip


def storm(database: Database, *, seconds: float, retry: bool = False, crashes: bool = True) -> Report:
    """``retry`` is the twin: what stalled is tried again. The database is DATABASE_URL's, scratch, with short spans."""
    report = Report(seconds)
    members = HOT + round(seconds * 1.5)
    populate(database, members)
    with TemporaryDirectory(prefix="chaos-") as folder:
        log, journal = Path(folder) / "accepted", Path(folder) / "said"
        log.touch()
        journal.touch()
        with provider(log):
            senders = _Senders(report, members=members, seconds=seconds, journal=journal, retry=retry)
            try:
                _torment(senders, database, report, seconds, crashes=crashes)
            finally:
                senders.end()
            time.sleep(MONTH + CALL_MAX)  # late answers are lost, claims and calls are over
        _settle_the_rest(database)
        _judge(report, database, _lines(log), _lines(journal))
    return report


def _lines(path: Path) -> list[list[Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@contextmanager
def provider(log: Path, *, faults: bool = True) -> Iterator[None]:
    """The fake provider, and the product's channel set to it."""
    words = [sys.executable, "-m", "tests.chaos.provider", str(log), str(CALL_MAX), "faults" if faults else "honest"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        port = int(process.stdout.readline())
        channels.PROVIDERS[SMS]["chaos"] = "tests.chaos.channel.ChaosChannel"
        settings.CHANNEL_URLS["SMS"] = f"chaos://127.0.0.1:{port}"
        channels._opened.cache_clear()
        try:
            yield
        finally:
            process.terminate()


class _Senders:
    """Forked from this process, which has Django loaded: a new one costs milliseconds."""

    def __init__(self, report: Report, **how: Any) -> None:
        self._report, self._how = report, how | {"began": time.time()}
        self._pids = [self._fork() for _ in range(WORKERS)]
        self._stopped: dict[int, float] = {}  # place -> until when

    def _fork(self) -> int:
        connection.close()
        pid = os.fork()
        if pid:
            return pid
        try:
            # An error of ours must be seen, and not pass for a killed worker
            work(**self._how)
        finally:
            os._exit(1)

    def kill(self) -> None:
        place = random.randrange(WORKERS)
        self._end(place)
        self._stopped.pop(place, None)
        self._pids[place] = self._fork()
        self._report.events["kills"] += 1

    def _end(self, place: int) -> None:
        os.kill(self._pids[place], signal.SIGKILL)
        _, status = os.waitpid(self._pids[place], 0)
        assert os.WIFSIGNALED(status), "a sender ended by itself; its traceback is above"

    def stop(self) -> None:
        place = random.randrange(WORKERS)
        if place not in self._stopped:
            os.kill(self._pids[place], signal.SIGSTOP)
            self._stopped[place] = time.time() + random.uniform(0.1, 2.5)
            self._report.events["stops"] += 1

    def go_on(self) -> None:
        for place in [place for place, until in self._stopped.items() if time.time() > until]:
            os.kill(self._pids[place], signal.SIGCONT)
            del self._stopped[place]

    def end(self) -> None:
        for place in range(WORKERS):
            self._end(place)


def _torment(senders: _Senders, database: Database, report: Report, seconds: float, *, crashes: bool) -> None:
    end = time.time() + seconds
    next_kill = next_stop = time.time() + 0.5
    next_crash = time.time() + 5
    while time.time() < end:
        time.sleep(0.02)
        now = time.time()
        senders.go_on()
        if now > next_kill:
            next_kill = now + random.uniform(0.15, 0.42)
            senders.kill()
        if now > next_stop:
            next_stop = now + random.uniform(0.3, 0.9)
            senders.stop()
        if crashes and now > next_crash:
            next_crash = now + random.uniform(12, 18)
            report.events["crashes"] += _crash(database)


def _crash(database: Database) -> int:
    """One backend killed by force: the server throws all memory away and recovers from its log."""
    try:
        with database.connect() as admin:
            row = admin.execute(
                "select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
                " order by random() limit 1"
            ).fetchone()
            if row is None:
                return 0
            os.kill(row[0], signal.SIGKILL)
            return 1
    except (psycopg.Error, ProcessLookupError):
        return 0  # it is still getting up


def _settle_the_rest(database: Database) -> None:
    """What the sweep does after everybody died."""
    for _ in range(60):
        try:
            with database.connect():
                break
        except psycopg.OperationalError:
            time.sleep(1)
    connection.close()
    while reap_messages():
        pass


def _judge(report: Report, database: Database, accepted: list[list[Any]], said: list[list[Any]]) -> None:
    member_of = {f"+86{phone_of(member)}": member for member in range(1, HOT + round(report.seconds * 1.5) + 1)}
    with database.connect() as admin:
        merges = admin.execute("select loser, winner, at from outreach_contactmerge order by at").fetchall()
        row = admin.execute(REPLAY).fetchone()
        assert row is not None
        report.replayed_to_a_no = row[0]
        ledger = {
            (member, no): state
            for member, no, state in admin.execute("select member_id, no, state from outreach_message").fetchall()
        }
    report.states = {state.name: count for state, count in sorted(Counter(map(State, ledger.values())).items())}
    report.events["accepted"] = len(accepted)
    report.events["merges"] = len(merges)
    report.events["withdrawals"] = sum(entry[1] == "no" for entry in said)

    names = Counter(name for _, _, name, _ in accepted)
    report.same_message_twice = sum(count - 1 for count in names.values())
    arrived = {read_token(name): member_of[address] for _, address, name, _ in accepted}
    assert all(member == key[0] for key, member in arrived.items()), "a message went to somebody else's address"
    not_sent = (None, State.CLAIMED, State.NOT_SENT, State.CANCELLED)
    report.sent_but_denied = sum(ledger.get(key) in not_sent for key in arrived)
    report.claimed_but_never_sent = sum(state == State.ACCEPTED and key not in arrived for key, state in ledger.items())
    report.unsettled = sum(state in (State.CLAIMED, State.SENDING) for state in ledger.values())
    _judge_gaps(report, [(at, member_of[address], handed) for at, address, _, handed in accepted], merges)
    _judge_noes(report, [(member_of[address], handed) for _, address, _, handed in accepted], said)


def _judge_gaps(
    report: Report, accepted: list[tuple[float, int, float]], merges: list[tuple[int, int, datetime]]
) -> None:
    """Two messages to a person less than a month apart, by the provider's clock; what was before a merge is history."""
    person: dict[int, int] = {}

    def root(member: int) -> int:
        while member in person:
            member = person[member]
        return member

    events = [(moment.timestamp(), 0, loser, winner, 0.0) for loser, winner, moment in merges]
    events += [(handed, 1, member, 0, at) for at, member, handed in accepted]
    arrived: dict[int, list[float]] = {}
    for _, is_message, member, winner, at in sorted(events):
        if is_message:
            before = arrived.setdefault(root(member), [])
            gaps = [abs(at - earlier) for earlier in before]
            report.second_messages += sum(gap < MONTH - 1e-4 for gap in gaps)
            report.least_gap = min([report.least_gap, *gaps])
            before.append(at)
        else:
            person[member] = winner
            arrived.setdefault(winner, []).extend(arrived.pop(member, []))


def _judge_noes(report: Report, handed: list[tuple[int, float]], said: list[list[Any]]) -> None:
    """Hand-overs after the commit of a no that no later yes can have taken back."""
    ended = {number: at for number, kind, _, at in said if kind == "done"}
    spans: dict[int, list[tuple[str, float, float]]] = {}
    for number, kind, member, began in said:
        if kind != "done":
            spans.setdefault(member, []).append((kind, began, ended.get(number, float("inf"))))
    for member, at in handed:
        said_of = spans.get(member, [])
        for no, start, done in said_of:
            taken_back = any(kind == "yes" and began < at and until > start for kind, began, until in said_of)
            if no == "no" and done < at and not taken_back:
                report.after_a_no += 1
                report.evidence.append(f"member {member} at {at}, who said {said_of}")
                break
