from collections.abc import Iterator

import pytest

from tests.chaos.gate import Gate, people, wipe
from tests.chaos.scratch import VIRTUAL, Database, scratch


@pytest.fixture(scope="session")
def virtual() -> Iterator[Database]:
    """A scratch database in which a session says what time it is."""
    with scratch("guard", VIRTUAL) as database:
        yield database


@pytest.fixture
def gate(virtual: Database) -> Iterator[Gate]:
    """A session on a Monday morning in Shanghai; members 1 to 9 have every address and said yes to everything."""
    with virtual.connect() as connection:
        wipe(connection)
        people(connection, range(1, 10))
        gate = Gate(connection)
        gate.at("2026-03-02 10:00+08")
        yield gate


@pytest.fixture
def other(virtual: Database, gate: Gate) -> Iterator[Gate]:
    """A second session at the same time."""
    with virtual.connect() as connection:
        other = Gate(connection)
        other.at("2026-03-02 10:00+08")
        yield other
