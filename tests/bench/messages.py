"""The contact guard: claims beside a bare INSERT of the same rows, and whole lives of messages."""

import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from multiprocessing.synchronize import Barrier

from tests.bench.database import BenchFailed
from tests.bench.table import Figure
from tests.chaos.gate import SMS, Gate, State, people
from tests.chaos.processes import together
from tests.chaos.scratch import REAL, Connection, Database, scratch

BATCH, SENDERS = 500, 8
# What a claim leaves behind, and nothing of what it asks
BARE = """
with guard as (
    insert into outreach_contactguard (member_id, blocked_until, fence, last_no)
    select id, %(hold)s, 1, 1 from unnest(%(ids)s::bigint[]) id
    returning member_id
)
insert into outreach_message (member_id, no, channel, service, version_id, claimed_at, send_by)
select member_id, 1, 1, false, 1, %(now)s, %(now)s from guard
"""


def message_figures(*, rounds: int) -> list[Figure]:
    """``rounds`` is how many thousands of members each figure is taken of."""
    bulk, single, lives = 2 * rounds, 100 * rounds, 100 * rounds
    # Rows of members that nobody had before, taken in the same order by both
    ids = count(1)
    with scratch("bench", REAL) as database:
        with database.connect() as connection:
            people(connection, range(1, 2 * (bulk * BATCH + single) + SENDERS * lives + 1), channels=[SMS])
            connection.execute("vacuum analyze")
            gate = Gate(connection)

            def claim(asked: Sequence[int]) -> None:
                if any(claim.no is None for claim in gate.claim(*asked)):
                    raise BenchFailed("a member was refused")

            def insert(asked: Sequence[int]) -> None:
                _insert(connection, asked)

            def next_ids(size: int) -> list[int]:
                return [next(ids) for _ in range(size)]

            in_bulk, bare_bulk = _in_turn([claim, insert], lambda: next_ids(BATCH), times=bulk)
            singly, bare = _in_turn([claim, insert], lambda: next_ids(1), times=single)
        per_second = _whole_lives(database, first=next(ids), each=lives)
    return [
        Figure(f"claims, {BATCH} at a time", in_bulk * 1000, "ms", bare_bulk * 1000, "a bare INSERT of the rows", 3),
        Figure("the same, members a second", BATCH / in_bulk, "/s", BATCH / bare_bulk, "the same INSERT"),
        Figure("claims singly", 1 / singly, "/s", 1 / bare, "a bare INSERT of the two rows"),
        Figure(
            f"whole lives, 3 commits each, {SENDERS} senders", per_second, "/s", bar=300, at_most=False
        ),
    ]  # fmt: skip


def _insert(connection: Connection, asked: Sequence[int]) -> None:
    now = datetime.now(UTC)
    connection.execute(BARE, {"ids": list(asked), "now": now, "hold": now + timedelta(hours=768)})


def _in_turn(
    calls: Sequence[Callable[[Sequence[int]], None]], members: Callable[[], Sequence[int]], *, times: int
) -> list[float]:
    """Median seconds of each call, taken in turn; the first tenth warms up."""
    taken: list[list[float]] = [[] for _ in calls]
    for _ in range(times):
        for call, found in zip(calls, taken, strict=True):
            asked = members()
            began = time.perf_counter()
            call(asked)
            found.append(time.perf_counter() - began)
    return [statistics.median(found[times // 10 :]) for found in taken]


def _whole_lives(database: Database, *, first: int, each: int) -> float:
    def send(number: int, barrier: Barrier) -> tuple[float, float]:
        began = time.monotonic()
        with database.connect() as connection:
            gate = Gate(connection)
            for turn, member in enumerate(range(first + number * each, first + (number + 1) * each)):
                if turn == each // 10:  # a new session makes its plans first
                    barrier.wait()
                    began = time.monotonic()
                no = gate.claim_one(member)
                if isinstance(no, str) or isinstance(gate.hand_over(member, no), str):
                    raise BenchFailed("a message was refused")
                gate.settle(member, no, State.ACCEPTED)
            return began, time.monotonic()

    spans = together(SENDERS, send)
    return SENDERS * (each - each // 10) / (max(end for _, end in spans) - min(began for began, _ in spans))
