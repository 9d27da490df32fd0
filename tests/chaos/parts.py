"""The long forms, each with its figures printed. True: it held, and its twin did not."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import django

from tests.chaos.cluster import private_cluster, small_disk
from tests.chaos.scratch import QUICK_CALL, SHORT, VIRTUAL, Clock, Database, scratch

if TYPE_CHECKING:
    from tests.chaos.storm import Report


def line(what: str, figure: object, ok: bool | None = None) -> bool:
    print(f"    {what:<58} {figure!s:>12}  {'' if ok is None else 'ok' if ok else 'FAILED'}".rstrip(), flush=True)
    return ok is not False


def storm(seconds: float) -> bool:
    report = _storm(seconds, retry=False)
    for what, count in report.events.items():
        line(what, f"{count:,}")
    line("messages by state", ", ".join(f"{name} {count:,}" for name, count in report.states.items()))
    line("least gap between two messages to a person (month 3 s)", f"{report.least_gap:.4f} s")
    for what in report.evidence[:5]:
        print(f"    {what}")
    missing = report.missing()
    return all(
        [
            line("second messages within a month", report.second_messages, report.second_messages == 0),
            line("same message twice", report.same_message_twice, report.same_message_twice == 0),
            line("sent, but the ledger denies it", report.sent_but_denied, report.sent_but_denied == 0),
            line("sent by the ledger, but never", report.claimed_but_never_sent, report.claimed_but_never_sent == 0),
            line("handed over after the commit of a no", report.after_a_no, report.after_a_no == 0),
            line("handed over against the ledger of consents", report.replayed_to_a_no, report.replayed_to_a_no == 0),
            line("rows that do not say what became of it", report.unsettled, report.unsettled == 0),
            line("too few events", "; ".join(missing) or "none", not missing),
        ]
    )


def retry(seconds: float) -> bool:
    """The twin of the storm: an ordinary queue's habit."""
    report = _storm(seconds, retry=True)
    line("accepted", f"{report.events['accepted']:,}")
    twice = report.second_messages
    return line("second messages where stalled ones are tried again", twice, twice > 0)


def faults() -> bool:
    """One fault at a time, and with it Redis away."""
    os.environ["REDIS_URL"] = "unix:///nowhere/redis.sock"
    with private_cluster() as cluster, _django_in(cluster.database, QUICK_CALL) as database:
        from tests.chaos import faults as module
        from tests.chaos.town import populate

        populate(database, module.MEMBERS)
        for case in (
            module.provider_down,
            module.provider_slow,
            module.provider_talks_nonsense,
            module.killed_at_every_step,
        ):
            case()
            line(case.__name__.replace("_", " "), "", True)
        module.database_restarted(cluster.restart)
        line("database restarted", "", True)
    return True


def disk() -> bool:
    """PostgreSQL on a disk that fills up. Not run is not held: only who may mount a disk can prove it."""
    with small_disk(400) as folder:
        if folder is None:
            return line("disk full", "not run: this process may not mount a disk", False)
        small = "shared_buffers = 32MB\nmin_wal_size = 32MB\nmax_wal_size = 48MB"
        with (
            private_cluster(folder, settings=small) as cluster,
            _django_in(cluster.database, QUICK_CALL) as database,
        ):
            from tests.chaos import faults as module
            from tests.chaos.town import populate

            populate(database, module.MEMBERS)
            module.disk_full(folder, cluster.restart)
            line("disk full", "", True)
    return True


def broadcast() -> bool:
    return subprocess.run([sys.executable, "-m", "tests.chaos.broadcast"], check=False).returncode == 0


def machine() -> bool:
    """200,000 steps without a violation, and every planted bug found from each of three starts."""
    django.setup()
    from tests.chaos import machine as module

    held = True
    with scratch("machine", VIRTUAL) as database:
        done, start = 0, 100
        while done < 200_000 and held:
            violation, steps = module.search(database, examples=500, start=start)
            done, start = done + steps.total(), start + 1
            held = violation is None
        held = line("steps of the state machine, and no violation", f"{done:,}", held)
        for name in module.MUTATIONS:
            found = []
            with module.planted(database, name):
                for start in (1, 2, 3):
                    violation, steps = module.search(database, examples=600, start=start)
                    found.append(f"{steps.total():,}" if violation else "never")
            held &= line(f"steps to: {name}", " ".join(found), "never" not in found)
    return held


def races() -> bool:
    """Contention, merges and opt-outs in their long forms, each beside its twin."""
    django.setup()
    from tests.chaos import contention, merge_race, opt_out_race

    result = contention.contend(500_000)
    held = [
        line("claims attempted by 8 senders", f"{result.attempts:,}"),
        line("granted to them", f"{result.grants:,}", result.grants > 10_000),
        line("second messages among those", result.violations, result.violations == 0),
        line("second messages of the naive twin", result.naive_violations, result.naive_violations > 0),
    ]
    for naive, rounds in ((False, 20_000), (True, 3000)):
        merged = merge_race.race(rounds, naive=naive)
        what = f"{'naive ' if naive else ''}merges, {rounds:,} rounds: second messages after"
        held.append(line(what, merged.twice.total(), (merged.twice.total() > 0) == naive))
    for against in ("withdrawal", "switch"):
        for locked, rounds in ((True, 20_000), (False, 3000)):
            race = opt_out_race.race(against, rounds, locked=locked)
            what = f"{against}, {rounds:,} rounds, {race.handed_over:,} handed over: after"
            held.append(line(what if locked else f"{what}, no lock", race.after, (race.after > 0) != locked))
            if locked:
                held.append(line("both came first at times", race.refused, min(race.handed_over, race.refused) > 100))
    return all(held)


def _storm(seconds: float, *, retry: bool) -> "Report":
    with private_cluster() as cluster, _django_in(cluster.database, SHORT) as database:
        from tests.chaos import storm as module

        return module.storm(database, seconds=seconds, retry=retry)


@contextmanager
def _django_in(server: Database, clock: Clock) -> Iterator[Database]:
    """Django, in this process, on a scratch database of the server."""
    with scratch("django", clock, server=server) as database:
        os.environ["DATABASE_URL"] = database.url
        django.setup()
        from django.db import connection

        try:
            yield database
        finally:
            connection.close()
