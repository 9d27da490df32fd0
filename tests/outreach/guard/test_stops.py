"""What stops everybody at once: the switch, a copy of the database, the time after a restore."""

import subprocess
from collections.abc import Iterator

import pytest
from psycopg import errors

from salesapp.local import POSTGRES
from tests.chaos.gate import Gate, State
from tests.chaos.scratch import GENERATION, VIRTUAL, Database, scratch


def test_the_switch_stops_claims_and_hand_overs_and_loses_nothing(gate: Gate) -> None:
    gate.claim_one(1)
    gate.switch(on=False)

    assert gate.claim_one(2) == "sending_off"
    assert gate.claim_service(2) == "sending_off"
    assert gate.hand_over(1, 1) == "sending_off"
    gate.switch(on=True)
    assert not isinstance(gate.hand_over(1, 1), str)


def test_a_sender_of_another_generation_is_stopped(gate: Gate) -> None:
    gate.claim_one(1)
    for generation in (GENERATION - 1, GENERATION + 1):
        stranger = Gate(gate.connection, generation=generation)
        assert stranger.claim_one(2) == "wrong_generation"
        assert stranger.claim_service(2) == "wrong_generation"
        assert stranger.hand_over(1, 1) == "wrong_generation"


@pytest.mark.parametrize("generation", [GENERATION, GENERATION - 1, -1])
def test_a_generation_is_used_once(gate: Gate, generation: int) -> None:
    with pytest.raises(errors.CheckViolation):
        gate.one("select outreach_open_sending(%s, null)", generation)


def test_closed_until_ends_at_its_moment(gate: Gate) -> None:
    gate.claim_one(1)
    gate.connection.execute("update outreach_contactpolicy set closed_until = '2026-03-02 12:00+08'")

    gate.at("2026-03-02 11:59:59.999999+08")
    assert gate.claim_one(2) == "closed"
    assert gate.hand_over(1, 1) == "closed"
    gate.at("2026-03-02 12:00+08")
    assert gate.claim_one(2) == 1
    assert not isinstance(gate.hand_over(1, 1), str)


@pytest.fixture
def restored(virtual: Database, gate: Gate) -> Iterator[Gate]:
    """A dump of the scratch database, in which a message of member 1 waits, restored under another name."""
    gate.claim_one(1)
    with scratch("restored", VIRTUAL) as made:
        copy = made.beside(made.name)
        with copy.connect() as connection:
            connection.execute("drop schema public cascade")
            connection.execute("create schema public")
            host, user = connection.info.host, connection.info.user
        connect = ["-h", host, "-U", user]
        dump = subprocess.run(
            [POSTGRES / "pg_dump", *connect, "-d", virtual.name], check=True, capture_output=True
        ).stdout
        subprocess.run(
            [POSTGRES / "psql", *connect, "-d", copy.name, "-q", "-v", "ON_ERROR_STOP=1"],
            input=dump.replace(b"CREATE SCHEMA public;", b""), check=True, capture_output=True,
        )  # fmt: skip
        with copy.connect() as connection:
            there = Gate(connection)
            there.at("2026-03-02 10:00+08")
            yield there


def test_a_restored_copy_is_silent_until_somebody_vouches_for_it(restored: Gate, gate: Gate) -> None:
    assert restored.message(1, 1) == (State.CLAIMED, None)
    assert restored.claim_one(2) == "wrong_generation"
    assert restored.hand_over(1, 1) == "wrong_generation"
    assert gate.claim_one(2) == 1, "the original goes on"

    restored.one("select outreach_open_sending(%s, null)", GENERATION + 1)

    assert restored.claim_one(2) == "wrong_generation", "senders of the original stay out"
    ours = Gate(restored.connection, generation=GENERATION + 1)
    assert ours.claim_one(2) == 1
    assert not isinstance(ours.hand_over(1, 1), str)
