from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest
from django.db import DatabaseError, connection, transaction

from geo import publishing
from geo.errors import TableBusy
from geo.publishing import replacing
from members.models import CommunityStat, Need, RegionStat

ROWS = 2000
FILL = (
    "insert into members_need_new (member_id, category_id, level, score, reasons)"
    " select n, 1, 1, %s::integer, '{}'::integer[] from generate_series(1, %s::integer) n"
)


def publish(score: int, then: str = "select 1") -> None:
    with replacing(Need) as cursor:
        cursor.execute(FILL, [score, ROWS])
        cursor.execute(then)


def shape() -> list[tuple[object, ...]]:
    """Everything that has a name or a right on the published tables."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select tablename, indexname, indexdef from pg_indexes where tablename ~ '^members_(need|communitystat)'"
            " union all select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint"
            " where conrelid::regclass::text ~ '^members_(need|communitystat)'"
            " union all select table_name, column_name, concat_ws(' ', data_type, is_nullable, ordinal_position)"
            " from information_schema.columns where table_name ~ '^members_(need|communitystat)'"
            " union all select table_name, grantee, privilege_type from information_schema.role_table_grants"
            " where table_name ~ '^members_(need|communitystat)' order by 1, 2, 3"
        )
        return [tuple(row) for row in cursor.fetchall()]


@contextmanager
def thread(target: Thread) -> Iterator[None]:
    target.start()
    try:
        yield
    finally:
        target.join(timeout=30)


@pytest.mark.django_db
def test_names_columns_and_grants_survive_ten_swaps() -> None:
    with connection.cursor() as cursor:
        cursor.execute("grant select on members_need to pg_monitor with grant option")
        cursor.execute("grant select on members_communitystat to public")
    before = shape()

    for score in range(10):
        publish(score)
        with replacing(CommunityStat, RegionStat):
            pass

    assert len(before) > 20
    assert any("pg_monitor" in row for row in before)
    assert shape() == before
    assert set(Need.objects.values_list("score", flat=True)) == {9}


@pytest.mark.django_db
def test_an_error_while_building_leaves_the_old_rows() -> None:
    publish(1)

    with pytest.raises(DatabaseError):
        publish(2, then="select 1/0")

    assert set(Need.objects.values_list("score", flat=True)) == {1}
    assert Need.objects.count() == ROWS


@pytest.mark.django_db(transaction=True)
def test_a_reader_sees_the_old_rows_or_the_new_ones_never_a_half() -> None:
    publish(1)
    seen: set[tuple[int, int, int]] = set()
    first_read, done = Event(), Event()

    def read() -> None:
        try:
            while not done.is_set():
                with connection.cursor() as cursor:
                    cursor.execute("select min(score), max(score), count(*) from members_need")
                    seen.add(cursor.fetchone())
                first_read.set()
        finally:
            connection.close()

    reader = Thread(target=read)
    with thread(reader):
        try:
            assert first_read.wait(timeout=30)
            for score in range(2, 12):
                publish(score)
        finally:
            done.set()

    assert len(seen) > 1
    assert seen <= {(score, score, ROWS) for score in range(1, 12)}


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_stays_too_long_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "ATTEMPTS", 2)
    monkeypatch.setattr(publishing, "PAUSE", 0)
    publish(1)
    reading, done = Event(), Event()

    def read() -> None:
        try:
            with transaction.atomic():
                assert Need.objects.count() == ROWS
                reading.set()
                done.wait(timeout=30)
        finally:
            connection.close()

    with thread(Thread(target=read)):
        try:
            assert reading.wait(timeout=30)
            with pytest.raises(TableBusy, match="members_need"):
                publish(2)
        finally:
            done.set()

    assert set(Need.objects.values_list("score", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_two_builds_of_one_table_run_one_after_the_other() -> None:
    building, done = Event(), Event()

    def build_slowly() -> None:
        try:
            with replacing(Need) as cursor:
                cursor.execute(FILL, [1, ROWS])
                building.set()
                done.wait(timeout=30)
        finally:
            connection.close()

    def build_after() -> None:
        try:
            publish(2)
        finally:
            connection.close()

    with thread(Thread(target=build_slowly)):
        assert building.wait(timeout=30)
        with thread(Thread(target=build_after)):
            done.set()

    assert set(Need.objects.values_list("score", flat=True)) == {2}
