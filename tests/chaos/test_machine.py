"""The state machine for some seconds, and its mutation gate; `make chaos` runs it for 200,000 steps."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.chaos import machine
from tests.chaos.scratch import VIRTUAL, Database, scratch

EXAMPLES = 120
STARTS = range(3)
# A run that never came there says nothing about it
SITUATIONS = {
    "claim granted", "handed over", "late call", "answer", "reap", "merged", "split", "merge in flight", "part again",
    "dies in the call", "refused while held", "again at the edge", "edge of a hold", "edge of a claim",
    "edge of the night", "broadcast paused", "broadcast cancelled", "consent", "objection", "switch",
}  # fmt: skip


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    with scratch("machine", VIRTUAL) as database:
        yield database


def test_nothing_leaves_that_should_not(database: Database) -> None:
    found, steps = [], Counter[str]()
    for start in STARTS:
        violation, done = machine.search(database, examples=EXAMPLES, start=start)
        found.append(violation)
        steps += done

    assert found == [None] * len(STARTS)
    assert steps.total() >= 15_000
    assert {situation for situation in SITUATIONS if steps[situation] < 5} == set()


@pytest.mark.parametrize("name", machine.MUTATIONS)
def test_a_planted_bug_is_found_with_the_same_effort(database: Database, name: str) -> None:
    with machine.planted(database, name):
        found = any(machine.search(database, examples=EXAMPLES, start=start)[0] for start in STARTS)

    assert found
