"""Reads are evidence: what is written stays as it is, and a seal tells when it did not."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from django.utils import timezone
from pytest_django import Settings

from salesapp.logs import drop_phone_like
from salesapp.staff.actions import forget_access_log as forgetting
from salesapp.staff.actions import seal_access_log as sealing
from salesapp.staff.actions.forget_access_log import forget_access_log
from salesapp.staff.actions.make_access_months import make_access_months
from salesapp.staff.actions.seal_access_log import Sealed, seal_access_log
from salesapp.staff.errors import NoAuditKey, NotAsSealed, NotSealed
from salesapp.staff.models import AccessBlock, AccessEntry, Employee
from salesapp.staff.queries import access_chain
from salesapp.staff.queries.access_chain import (
    Checked,
    Fault,
    check_chain,
    check_lately,
    check_what_stays,
    read_heads,
    unsealed,
)  # fmt: skip
from tests.retention import outcomes
from tests.staff.sealed_then import sealed_then


def read(employee: Employee, member_id: int | None = 7, **fields: object) -> AccessEntry:
    usual = {"store": employee.store, "reason": "counter", "address_hash": b"h" * 16, "member_id": member_id}
    return AccessEntry.objects.create(employee=employee, **(usual | fields))


@contextmanager
def unguarded(table: str = "staff_accessentry") -> Iterator[None]:
    """What somebody who owns the table can do."""
    with connection.cursor() as cursor:
        cursor.execute(f"alter table {table} disable trigger {table}_no_change")
        yield
        cursor.execute(f"alter table {table} enable trigger {table}_no_change")


def first_fault() -> Fault | None:
    return next((found for found in check_chain() if isinstance(found, Fault)), None)


@pytest.fixture
def sealed(alice: Employee, monkeypatch: pytest.MonkeyPatch) -> list[AccessEntry]:
    """Nine entries in blocks of four, four and one."""
    monkeypatch.setattr(sealing, "MOST_ENTRIES", 4)
    entries = [read(alice, n) for n in range(9)]
    assert seal_access_log() == Sealed(3, 9)
    return entries


@pytest.mark.parametrize("table", ["staff_accessentry", "staff_accessblock"])
@pytest.mark.parametrize("write", ["update {} set {} = {}", "delete from {}", "truncate {}"])
def test_what_is_written_stays(sealed: list[AccessEntry], table: str, write: str) -> None:
    column = "member_id" if table == "staff_accessentry" else "entries"
    with connection.cursor() as cursor:
        cursor.execute(f"alter table {table} enable trigger {table}_no_truncate")
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            cursor.execute(write.format(table, column, column))


def test_a_partition_cannot_be_changed_either(sealed: list[AccessEntry]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select tableoid::regclass from staff_accessentry limit 1")
        (partition,) = cursor.fetchone()
        for write in ("update {} set member_id = 1", "delete from {}"):
            with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
                cursor.execute(write.format(partition))


def test_the_whole_log_is_sealed_in_the_order_of_its_numbers(sealed: list[AccessEntry]) -> None:
    found = [each for each in check_chain() if isinstance(each, Checked)]
    assert [each.entries for each in found] == [4, 4, 1]
    assert [block.after_id for block in AccessBlock.objects.order_by("number")][1:] == [sealed[3].pk, sealed[7].pk]
    assert unsealed().entries == 0
    assert seal_access_log() == Sealed(0, 0)


CHANGES = {
    "who": "update staff_accessentry set employee_id = employee_id + 1 where id = %s",
    "where": "update staff_accessentry set store_id = null where id = %s",
    "when": "update staff_accessentry set at = at + interval '1 microsecond' where id = %s",
    "whom": "update staff_accessentry set member_id = 99 where id = %s",
    "to nobody": "update staff_accessentry set member_id = null where id = %s",
    "number": "update staff_accessentry set address_hash = 'x' where id = %s",
    "thousand": "update staff_accessentry set thousand = 5 where id = %s",
    "why": "update staff_accessentry set reason = 'service' where id = %s",
    "search": "update staff_accessentry set search = 'x' where id = %s",
    "gone": "delete from staff_accessentry where id = %s",
    "renumbered": "update staff_accessentry set id = id + 100 where id = %s",
    "moved to the front": "update staff_accessentry set id = -1 where id = %s",
    "between texts": "update staff_accessentry set reason = '', search = reason where id = %s",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_entry_is_found_in_its_block(sealed: list[AccessEntry], change: str) -> None:
    assert first_fault() is None
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(CHANGES[change], [sealed[5].pk])
        assert cursor.rowcount == 1
    fault = first_fault()
    assert fault is not None
    assert fault.block == (1 if change == "moved to the front" else 2)


def test_an_entry_put_into_the_past_is_found(sealed: list[AccessEntry], bob: Employee) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select setval('staff_accessentry_id_seq', (select max(id) + 100 from staff_accessentry))")
    read(bob)
    seal_access_log()
    assert first_fault() is None
    read(bob, id=sealed[-1].pk + 5)
    fault = first_fault()
    assert fault == Fault(4, "it was sealed with 1 entries and now has 2")


BLOCKS = {
    "entries": ("update staff_accessblock set entries = 3 where number = 2", 2),
    "time": ("update staff_accessblock set sealed_at = now() - interval '1 day' where number = 2", 2),
    "digest": ("update staff_accessblock set digest = sha256('x') where number = 2", 2),
    "seal": ("update staff_accessblock set seal = sha256('x') where number = 2", 2),
    "forgets": ("update staff_accessblock set forgets = true where number = 2", 2),
    "gone": ("delete from staff_accessblock where number = 2", 2),
    "first gone": ("delete from staff_accessblock where number = 1", 1),
}


@pytest.mark.parametrize("change", BLOCKS)
def test_a_changed_block_is_found(sealed: list[AccessEntry], change: str) -> None:
    statement, bad = BLOCKS[change]
    with unguarded("staff_accessblock"), connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 1
    fault = first_fault()
    assert fault is not None
    assert fault.block == bad


def test_whoever_writes_the_tables_cannot_seal_without_the_key(sealed: list[AccessEntry], settings: Settings) -> None:
    """The whole of the log is made anew, with another key under the old name."""
    right = settings.AUDIT_KEYS
    with unguarded(), unguarded("staff_accessblock"), connection.cursor() as cursor:
        cursor.execute("update staff_accessentry set member_id = 99")
        cursor.execute("delete from staff_accessblock")
    settings.AUDIT_KEYS = right[:-5] + "AAAA="
    seal_access_log()
    assert first_fault() is None
    settings.AUDIT_KEYS = right
    assert first_fault() == Fault(1, "the seal is not that of the block and the one before it")


def test_a_new_key_seals_and_the_old_one_still_verifies(
    sealed: list[AccessEntry], alice: Employee, settings: Settings
) -> None:
    old = settings.AUDIT_KEYS
    settings.AUDIT_KEYS = "new:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY=" + "," + old
    read(alice)
    seal_access_log()
    assert first_fault() is None
    assert AccessBlock.objects.latest("number").key_id == "new"
    settings.AUDIT_KEYS = old
    with pytest.raises(NoAuditKey):
        first_fault()


def test_without_a_key_nothing_is_sealed(alice: Employee, settings: Settings) -> None:
    settings.AUDIT_KEYS = ""
    read(alice)
    with pytest.raises(NoAuditKey):
        seal_access_log()
    assert not AccessBlock.objects.exists()


def verify(**options: str) -> str:
    out = StringIO()
    call_command("verify_access_log", stdout=out, **options)
    return out.getvalue()


def test_the_command_counts_what_it_proved(sealed: list[AccessEntry], alice: Employee) -> None:
    read(alice)
    said = verify()
    assert "sound: 3 blocks, 9 entries" in said
    assert "no heads kept elsewhere: that blocks were cut off at the end is not excluded" in said
    assert "not sealed yet: 1 entries" in said


def test_the_command_names_the_first_bad_block(sealed: list[AccessEntry]) -> None:
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("update staff_accessentry set member_id = 99 where id in (%s, %s)", [sealed[4].pk, sealed[8].pk])
    with pytest.raises(CommandError, match="block 2: an entry was changed") as caught:
        verify()
    assert caught.value.returncode == 1


def test_an_empty_log_proves_nothing(db: None) -> None:
    with pytest.raises(CommandError, match="nothing is proved") as caught:
        verify()
    assert caught.value.returncode == 2


def test_blocks_cut_off_at_the_end_are_missed_by_the_heads_kept_elsewhere(
    alice: Employee, settings: Settings, tmp_path: Path
) -> None:
    settings.AUDIT_HEAD_FILE = str(tmp_path / "heads")
    for _ in range(3):
        read(alice)
        seal_access_log()
    assert "3 heads kept elsewhere agree" in verify(heads=settings.AUDIT_HEAD_FILE)
    with unguarded(), unguarded("staff_accessblock"), connection.cursor() as cursor:
        cursor.execute(
            "delete from staff_accessentry where id > (select last_id from staff_accessblock where number = 1)"
        )
        cursor.execute("delete from staff_accessblock where number > 1")
    assert "sound: 1 blocks" in verify(heads="")
    with pytest.raises(CommandError, match="block 2: the block is missing"):
        verify(heads=settings.AUDIT_HEAD_FILE)


def test_the_workers_log_has_the_heads_too(
    alice: Employee, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A head with eleven digits in a row, which the log's filter takes for a number
    numbers = iter(range(100))
    monkeypatch.setattr(sealing, "seal", lambda block, before: bytes.fromhex("a15400001234b" + f"{next(numbers):051x}"))
    said = []
    for _ in range(3):
        read(alice)
        seal_access_log()
        block = AccessBlock.objects.latest("number")
        told = drop_phone_like(None, "", dict(caplog.records[-1].msg))  # type: ignore[arg-type] # structlog's
        said.append((block.number, bytes(block.seal), json.dumps(told)))
    lines = [line for *_, line in said]
    noise = ['{"event": "lease taken", "block": 1, "head": "x"}', json.dumps({"event": "messages sent"})]
    assert read_heads([noise[0], "", *lines, *noise]) == [(number, head) for number, head, _ in said]
    whole = {"event": "access log sealed", "block": 7, "head": "ab" * 32}
    mangled = {"event": "access log sealed", "block": 8, "head": "a[number]b"}
    assert read_heads([json.dumps(whole), json.dumps(mangled)]) == [(7, b"\xab" * 32)]
    for bad in ("{", json.dumps({"event": "access log sealed", "block": 1}), "7 x"):
        with pytest.raises(ValueError, match=r"head|property"):
            read_heads([*lines, bad])


def test_a_cut_that_was_sealed_anew_does_not_agree_with_the_heads(
    alice: Employee, settings: Settings, tmp_path: Path
) -> None:
    """The worker itself keeps a second head for the number, and the last one is right."""
    settings.AUDIT_HEAD_FILE = str(tmp_path / "heads")
    for _ in range(3):
        read(alice)
        seal_access_log()
    assert check_lately() is None
    with unguarded(), unguarded("staff_accessblock"), connection.cursor() as cursor:
        cursor.execute("delete from staff_accessentry where id = (select max(id) from staff_accessentry)")
        cursor.execute("delete from staff_accessblock where number = 3")
    read(alice)
    seal_access_log()
    wrong = Fault(3, "the seal is not the one that was kept elsewhere")
    assert check_lately() == wrong
    with pytest.raises(CommandError, match="block 3: the seal is not the one"):
        verify(heads=settings.AUDIT_HEAD_FILE)


def test_a_head_file_that_is_something_else_is_refused(sealed: list[AccessEntry], tmp_path: Path) -> None:
    (tmp_path / "heads").write_text("hello\n")
    with pytest.raises(CommandError, match="cannot be read") as caught:
        verify(heads=str(tmp_path / "heads"))
    assert caught.value.returncode == 2


def test_the_last_days_are_looked_at_every_night(sealed: list[AccessEntry]) -> None:
    assert check_lately() is None
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("update staff_accessentry set member_id = 99 where id = %s", [sealed[8].pk])
    assert check_lately() == Fault(3, "an entry was changed")


ALL_OF_IT = "truncate staff_accessblock, staff_accessentry"
BLINDED = {
    "the time of the last block": "update staff_accessblock set sealed_at = sealed_at - interval '3 days'"
    " where number = 3",
    "the times of all blocks": "update staff_accessblock set sealed_at = sealed_at - interval '3 days'",
    "the number of the last block": "update staff_accessblock set number = 90000 where number = 3",
    "all blocks gone": "delete from staff_accessblock",
    "all gone": ALL_OF_IT,
}


@pytest.mark.parametrize("how", BLINDED)
@pytest.mark.parametrize("heads", [True, False])
def test_nothing_keeps_the_nightly_look_from_a_change(
    alice: Employee, settings: Settings, tmp_path: Path, how: str, heads: bool
) -> None:
    settings.AUDIT_HEAD_FILE = str(tmp_path / "heads") if heads else ""
    for n in range(3):
        read(alice, n, at=timezone.now() - timedelta(hours=2))
        seal_access_log()
    assert check_lately() is None
    with unguarded(), unguarded("staff_accessblock"), connection.cursor() as cursor:
        cursor.execute("update staff_accessentry set member_id = 99 where member_id = 2")
        assert check_lately() == Fault(3, "an entry was changed")
        cursor.execute(BLINDED[how])
        assert check_lately() is not None


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_cut_at_the_end_is_seen_the_same_night_where_heads_are_kept(
    alice: Employee, settings: Settings, tmp_path: Path, left: int
) -> None:
    settings.AUDIT_HEAD_FILE = str(tmp_path / "heads")
    for n in range(3):
        read(alice, n)
        seal_access_log()
    assert check_lately() is None
    with unguarded(), unguarded("staff_accessblock"), connection.cursor() as cursor:
        cursor.execute("delete from staff_accessblock where number > %s", [left])
        cursor.execute("delete from staff_accessentry where member_id >= %s", [left])
    assert check_lately() == Fault(left + 1, "the block is missing: its head was kept elsewhere")


def test_the_nightly_look_is_at_the_last_blocks_alone(
    sealed: list[AccessEntry], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_chain, "LATELY", 2)
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("update staff_accessentry set member_id = 99 where id = %s", [sealed[0].pk])
        assert check_lately() is None
        cursor.execute("update staff_accessentry set member_id = 99 where id = %s", [sealed[5].pk])
        assert check_lately() == Fault(2, "an entry was changed")


def test_a_file_of_heads_that_cannot_be_read_is_told_at_night(
    sealed: list[AccessEntry], settings: Settings, tmp_path: Path
) -> None:
    settings.AUDIT_HEAD_FILE = str(tmp_path / "heads")
    assert check_lately() is None  # this machine has sealed nothing yet
    (tmp_path / "heads").write_text("hello\n")
    assert check_lately() == Fault(1, "the heads in AUDIT_HEAD_FILE cannot be read")


@pytest.mark.parametrize(("age", "told"), [(timedelta(minutes=2), False), (timedelta(hours=2), True)])
def test_a_log_that_nobody_seals_is_told(alice: Employee, age: timedelta, told: bool) -> None:
    read(alice, at=timezone.now() - age)
    assert (check_lately() is not None) == told


def test_months_to_come_have_a_table_and_other_times_are_kept_too(alice: Employee) -> None:
    assert make_access_months() == 0
    with connection.cursor() as cursor:
        cursor.execute("select staff_make_access_months(%s, %s)", [date(2031, 1, 1), date(2031, 3, 15)])
        assert cursor.fetchone() == (3,)
        for moment, table in (("2031-02-28T23:59Z", "2031_02"), ("2050-01-01T00:00Z", "rest")):
            entry = read(alice, at=datetime.fromisoformat(moment).astimezone(UTC))
            cursor.execute("select tableoid::regclass::text from staff_accessentry where id = %s", [entry.pk])
            assert cursor.fetchone() == (f"staff_accessentry_{table}",)
        cursor.execute("select staff_make_access_months(%s, %s)", [date(2050, 1, 1), date(2050, 2, 1)])
        assert cursor.fetchone() == (1,)
    assert AccessEntry.objects.count() == 2


@pytest.fixture
def three_months(alice: Employee, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of January to March 2021, an entry each, four times in turn, in blocks of four; and one of today."""
    monkeypatch.setattr(sealing, "MOST_ENTRIES", 4)
    with connection.cursor() as cursor:
        cursor.execute("select staff_make_access_months('2021-01-01', '2021-03-01')")
    for n in range(12):
        read(alice, n, at=datetime(2021, 1 + n % 3, 1 + n, tzinfo=UTC))
    read(alice)
    seal_access_log()
    sealed_then(datetime(2021, 2, 2, tzinfo=UTC))


def test_months_that_are_forgotten_leave_a_log_that_verifies(three_months: None, alice: Employee) -> None:
    assert forget_access_log(before=date(2021, 1, 31)) == 0
    assert forget_access_log(before=date(2021, 2, 1)) == 1
    assert AccessEntry.objects.count() == 9
    assert first_fault() is None
    read(alice)
    assert seal_access_log() == Sealed(1, 1)
    assert forget_access_log(before=date(2021, 4, 1)) == 2
    assert AccessEntry.objects.count() == 2
    assert first_fault() is None
    assert check_lately() is None
    assert "2 entries" in verify()
    read(alice)
    assert seal_access_log() == Sealed(1, 1)
    assert first_fault() is None


def test_what_a_forgetting_left_is_still_evidence(three_months: None) -> None:
    forget_access_log(before=date(2021, 2, 1))
    left = AccessEntry.objects.order_by("id").first()
    assert left is not None
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("update staff_accessentry set member_id = 99 where id = %s", [left.pk])
    assert first_fault() == Fault(5, "an entry was changed")


CHANGED = {
    "what would go": ("update staff_accessentry set member_id = 99 where member_id = 3", 1),
    "what would stay": ("update staff_accessentry set member_id = 99 where member_id = 4", 2),
    "gone": ("delete from staff_accessentry where member_id = 8", 3),
    "a block": ("update staff_accessblock set digest = sha256('x') where number = 3", 3),
    "a block gone": ("delete from staff_accessblock where number = 1", 2),
    "a block that forgets": ("update staff_accessblock set forgets = true, last_id = 99999 where number = 4", 4),
}


@pytest.mark.parametrize("change", CHANGED)
def test_what_was_changed_is_not_forgotten(three_months: None, change: str) -> None:
    statement, block = CHANGED[change]
    with unguarded(), unguarded("staff_accessblock"), connection.cursor() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount == 1
    entries = AccessEntry.objects.count()
    with pytest.raises(NotAsSealed) as caught:
        forget_access_log(before=date(2021, 2, 1))
    assert caught.value.block == block
    assert AccessEntry.objects.count() == entries
    assert first_fault() is not None


def test_what_an_earlier_forgetting_left_was_not_changed_either(three_months: None) -> None:
    forget_access_log(before=date(2021, 2, 1))
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("update staff_accessentry set member_id = 99 where member_id = 1")
    with pytest.raises(NotAsSealed) as caught:
        forget_access_log(before=date(2021, 4, 1))
    assert (caught.value.block, caught.value.what) == (5, "an entry was changed")


def test_what_is_changed_while_it_is_forgotten_does_not_fit_the_seal(
    three_months: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by a transaction that ends when it sees the tables being dropped."""

    def check(**asked: Any) -> object:
        stays = check_what_stays(**asked)
        with unguarded(), connection.cursor() as cursor:
            cursor.execute("update staff_accessentry set member_id = 99 where member_id = 1")
        return stays

    monkeypatch.setattr(forgetting, "check_what_stays", check)
    assert forget_access_log(before=date(2021, 2, 1)) == 1
    assert first_fault() == Fault(5, "an entry was changed")


def test_a_table_that_is_only_named_as_an_old_month_is_not_forgotten(sealed: list[AccessEntry]) -> None:
    """Neither what is in it, nor what was written until then, is out of the nightly look."""
    with connection.cursor() as cursor:
        cursor.execute("select tableoid::regclass from staff_accessentry limit 1")
        (month,) = cursor.fetchone()
        cursor.execute(f"alter table {month} rename to staff_accessentry_2019_01")
    with pytest.raises(NotAsSealed, match="long after"):
        forget_access_log(before=date(2019, 2, 1))
    assert AccessEntry.objects.count() == 9


def test_a_row_in_a_table_of_long_ago_forgets_nothing_of_today(alice: Employee, sealed: list[AccessEntry]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select staff_make_access_months('2019-01-01', '2019-01-01')")
    read(alice, at=datetime(2019, 1, 5, tzinfo=UTC))
    seal_access_log()
    with unguarded(), connection.cursor() as cursor:
        cursor.execute("update staff_accessentry set member_id = 99 where id = %s", [sealed[3].pk])
    assert any(outcome.rows for outcome in outcomes("access_entries", simulate=True))
    assert not any(outcome.rows for outcome in outcomes("access_entries"))
    assert first_fault() == Fault(1, "an entry was changed")
    with pytest.raises(CommandError, match="block 1: an entry was changed"):
        verify()


def test_dropping_a_month_by_hand_is_noticed(three_months: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("drop table staff_accessentry_2021_01")
    fault = first_fault()
    assert fault is not None
    assert fault.block == 1


def test_what_is_not_sealed_is_not_forgotten(three_months: None, alice: Employee) -> None:
    read(alice, at=datetime(2021, 1, 20, tzinfo=UTC))
    with pytest.raises(NotSealed):
        forget_access_log(before=date(2021, 2, 1))
    assert AccessEntry.objects.count() == 14


def in_another_session(begun: threading.Event, go_on: threading.Event, write: Callable[[], object]) -> threading.Thread:
    """Write, tell, and commit only when told to."""

    def run() -> None:
        try:
            with transaction.atomic():
                write()
                begun.set()
                assert go_on.wait(20)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    assert begun.wait(20)
    return thread


@pytest.mark.django_db(transaction=True)
def test_a_lower_number_that_commits_later_is_waited_for(alice: Employee) -> None:
    go_on = threading.Event()
    slow = in_another_session(threading.Event(), go_on, lambda: read(alice, 1))
    read(alice, 2)
    try:
        assert seal_access_log(patience=0.1) == Sealed(0, 0, waits=True)
        threading.Timer(0.3, go_on.set).start()
        assert seal_access_log() == Sealed(1, 2)
    finally:
        go_on.set()
        slow.join()
    assert first_fault() is None


@pytest.mark.django_db(transaction=True)
def test_look_ups_wait_for_no_seal(alice: Employee) -> None:
    """While one that seals waits for a slow writer, others write, and only what was begun before is waited for."""
    go_on, sealed = threading.Event(), []
    slow = in_another_session(threading.Event(), go_on, lambda: read(alice, 1))

    def seal() -> None:
        sealed.append(seal_access_log())
        connections.close_all()

    sealing = threading.Thread(target=seal)
    sealing.start()
    try:
        with connection.cursor() as cursor:
            cursor.execute("set statement_timeout = '2s'")
        for n in range(20):
            read(alice, n)
        assert not sealed
    finally:
        go_on.set()
        slow.join()
        sealing.join()
        with connection.cursor() as cursor:
            cursor.execute("reset statement_timeout")
    seal_access_log()
    assert sum(block.entries for block in AccessBlock.objects.all()) == 21
    assert first_fault() is None


@pytest.mark.django_db(transaction=True)
def test_two_that_seal_at_once_seal_nothing_twice(alice: Employee) -> None:
    for n in range(50):
        read(alice, n)
    done: list[Sealed] = []

    def seal() -> None:
        done.append(seal_access_log())
        connections.close_all()

    threads = [threading.Thread(target=seal) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.entries for each in done) == [0, 0, 0, 50]
    assert first_fault() is None
