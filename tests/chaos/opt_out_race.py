"""A member says no, or somebody pulls the switch, while a message is handed over: nothing is after their commit.

The sender keeps the hand-over's transaction open and reads the clock in it; the other side reads the clock when
its commit has returned. A hand-over that was open then was not waited for. The twins, without the lock that makes
one wait for the other, must fail.
"""

import random
from collections.abc import Callable
from datetime import datetime
from multiprocessing.synchronize import Barrier
from typing import NamedTuple

from tests.chaos.gate import SMS, Gate, people
from tests.chaos.processes import together
from tests.chaos.scratch import REAL, plant, scratch

TWINS = {
    "withdrawal": ("s.channel = x.channel and s.purpose = 1 for share", "s.channel = x.channel and s.purpose = 1"),
    "switch": ("perform pg_advisory_xact_lock_shared(1001, 0);", "perform 1;"),
}


SAYS_NO, SENDS = 0, 1


class Result(NamedTuple):
    rounds: int
    handed_over: int
    refused: int
    after: int  # hand-overs that had not committed when the no had
    handed_over_after: int  # hand-overs whose own moment is later than the commit of the no


def race(against: str, rounds: int, *, locked: bool = True) -> Result:
    """``against`` is "withdrawal" or "switch"; the locks are taken out where not ``locked``."""
    with scratch("opt_out", REAL) as database:
        with database.connect() as connection:
            people(connection, range(1, rounds + 1), channels=[SMS])
            if not locked:
                plant(connection, "outreach_hand_over", *TWINS[against])

        def work(number: int, barrier: Barrier) -> list[tuple[datetime, datetime] | None]:
            part: Callable[[Gate, int, Barrier], tuple[datetime, datetime] | None]
            part = _sender if number else {"withdrawal": _withdrawer, "switch": _switcher}[against]
            with database.connect() as connection:
                gate = Gate(connection)
                return [part(gate, member, barrier) for member in range(1, rounds + 1)]

        said, sent = together(2, work)
    handed_over = [(no, send) for no, send in zip(said, sent, strict=True) if no and send]
    return Result(
        rounds=rounds,
        handed_over=len(handed_over),
        refused=rounds - len(handed_over),
        after=sum(still_open > committed for (committed, _), (_, still_open) in handed_over),
        handed_over_after=sum(moment > committed for (committed, _), (moment, _) in handed_over),
    )


def _jitter(member: int, role: int) -> None:
    """Some hundred microseconds of work, so that the two meet everywhere in each other. The sender is slower."""
    for _ in range(random.Random(member * 2 + role).randint(0, 20_000 if role == SAYS_NO else 2000)):
        pass


def _sender(gate: Gate, member: int, barrier: Barrier) -> tuple[datetime, datetime] | None:
    no = gate.claim_one(member) if member % 2 else None
    barrier.wait()
    _jitter(member, SENDS)
    if no is None:
        no = gate.claim_one(member)
    found = None
    if isinstance(no, int):
        with gate.connection.transaction():
            moment = gate.hand_over(member, no)
            still_open = gate.one("select clock_timestamp()")
        if isinstance(moment, datetime):
            found = moment, still_open
    barrier.wait()
    return found


def _withdrawer(gate: Gate, member: int, barrier: Barrier) -> tuple[datetime, datetime]:
    barrier.wait()
    _jitter(member, SAYS_NO)
    gate.consent(member, given=False, channel=0)
    committed = gate.one("select clock_timestamp()")
    barrier.wait()
    return committed, committed


def _switcher(gate: Gate, member: int, barrier: Barrier) -> tuple[datetime, datetime]:
    barrier.wait()
    _jitter(member, SAYS_NO)
    gate.switch(on=False)
    committed = gate.one("select clock_timestamp()")
    barrier.wait()
    gate.switch(on=True)
    return committed, committed
