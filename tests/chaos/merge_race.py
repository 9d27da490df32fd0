"""Members are merged while messages to them are on their way: after the merge nothing leaves into the other's month.

Each round has people of its own, and all processes meet at a barrier. Three kinds of rounds: both are written to
at once; the winner's message is refused by its provider; the loser brings a month along that came from a third.
A naive merge, which looks at both and then writes both, must fail.
"""

from collections import Counter
from collections.abc import Callable
from multiprocessing.synchronize import Barrier
from typing import NamedTuple

from tests.chaos.gate import SMS, Gate, State, people
from tests.chaos.processes import together
from tests.chaos.scratch import REAL, scratch

KINDS = ("plain", "refused", "chain")
NAIVE = """
create function naive_merge(loser_id bigint, winner_id bigint) returns void language plpgsql as $$
declare inherited timestamptz;
begin
  insert into outreach_contactguard (member_id) values (loser_id), (winner_id) on conflict do nothing;
  select blocked_until into inherited from outreach_contactguard where member_id = loser_id;
  update outreach_contactguard set blocked_until = greatest(blocked_until, inherited) where member_id = winner_id;
  update outreach_contactguard set merged_into = winner_id, blocked_until = 'infinity' where member_id = loser_id;
  update outreach_message set state = 5, settled_at = clock_timestamp() where member_id = loser_id and state = 0;
  insert into outreach_contactmerge (loser, winner, at, undone) values (loser_id, winner_id, clock_timestamp(), false);
end $$
"""
# Rounds in which somebody was written to after the merge although the one person had a message before
JUDGE = """
with sent as (
    select (member_id - 1) / 3 as round, handover_at from outreach_message where state in (1, 2, 3)
), merged as (
    select (loser - 1) / 3 as round, max(at) as at from outreach_contactmerge group by 1
)
select m.round % 3 as kind,
       count(*) filter (where s.earliest < s.latest and s.latest > m.at) as twice,
       count(*) filter (where s.n > 0) as busy
  from merged m join (
       select round, min(handover_at) as earliest, max(handover_at) as latest, count(*) as n from sent group by round
  ) s using (round)
 group by 1 order by 1
"""


class Result(NamedTuple):
    rounds: int
    busy: int  # in which anything was sent
    twice: Counter[str]


def race(rounds: int, *, naive: bool = False) -> Result:
    with scratch("merge_race", REAL) as database:
        with database.connect() as connection:
            people(connection, range(1, 3 * rounds + 1), channels=[SMS])
            connection.execute(NAIVE)

        def work(number: int, barrier: Barrier) -> None:
            part: Callable[[Gate, int, Barrier], None] = (_loser, _winner, _naive_merger if naive else _merger)[number]
            with database.connect() as connection:
                gate = Gate(connection)
                for turn in range(rounds):
                    part(gate, turn, barrier)

        together(3, work)
        with database.connect() as connection:
            found = connection.execute(JUDGE).fetchall()
    return Result(rounds, sum(busy for _, _, busy in found), Counter({KINDS[kind]: twice for kind, twice, _ in found}))


def _send(gate: Gate, member: int, no: int | str) -> None:
    if isinstance(no, int):
        gate.hand_over(member, no)


def _loser(gate: Gate, turn: int, barrier: Barrier) -> None:
    """The first of the round's three. In a plain round written to at the same time, else before."""
    member = 3 * turn + 1
    if turn % 3:
        _send(gate, member, gate.claim_one(member))
        gate.settle(member, 1, State.ACCEPTED)
    barrier.wait()
    barrier.wait()
    if not turn % 3:
        _send(gate, member, gate.claim_one(member))
    barrier.wait()


def _winner(gate: Gate, turn: int, barrier: Barrier) -> None:
    """The third. Written to while the merge happens; in a round of refusals, again after the refusal."""
    member = 3 * turn + 3
    no = gate.claim_one(member) if turn % 3 else None
    if turn % 3 == 1:
        _send(gate, member, no or 0)
    barrier.wait()
    barrier.wait()
    if turn % 3 == 0:
        no = gate.claim_one(member)
    if turn % 3 == 1:
        gate.settle(member, 1, State.NOT_SENT)
        no = gate.claim_one(member)
    _send(gate, member, no or 0)
    barrier.wait()


def _merger(gate: Gate, turn: int, barrier: Barrier) -> None:
    _merge(gate, turn, barrier, lambda loser, winner: gate.merge(loser, winner))


def _naive_merger(gate: Gate, turn: int, barrier: Barrier) -> None:
    _merge(gate, turn, barrier, lambda loser, winner: gate.one("select naive_merge(%s, %s)", loser, winner))


def _merge(gate: Gate, turn: int, barrier: Barrier, merge: Callable[[int, int], object]) -> None:
    first, second, third = 3 * turn + 1, 3 * turn + 2, 3 * turn + 3
    barrier.wait()
    if turn % 3 == 2:
        merge(first, second)
    barrier.wait()
    merge(second if turn % 3 == 2 else first, third)
    barrier.wait()
