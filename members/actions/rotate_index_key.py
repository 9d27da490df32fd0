import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidTag
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Q
from django.db.models.functions import Now
from psycopg import sql

from geo.errors import TableBusy
from geo.publishing import lock_alone
from geo.sql import load
from geo.walk import Walk, plain
from members.errors import CannotRotate
from members.identity import moved_as_of_now
from members.index_key import LOCK, keys, read_generation
from members.keyed_columns import KEYED_COLUMNS, KeyedColumn
from members.models import ContactPoint, IndexKey, MemberMerge
from members.vault import NoDataKey, contact_place, decrypt, hashes_of_all_generations, keyed_hash

BATCH_ROWS = 5_000
PAUSE = 2.0  # seconds between two attempts to exchange the columns, while imports run or readers hold a table
_TOLD_EVERY = 2.0  # seconds
_SAMPLE = 20

Progress = Callable[[str], None]


def rotate_index_key(*, progress: Progress = lambda _text: None) -> int:
    """Make every keyed hash anew with the newest of INDEX_KEY; gives the generation that is on file then.

    A column for the new hashes is added beside each old one, filled batch by batch, and takes its place in one
    transaction, when no import is under way. Look-ups in processes that have the new key find everybody all the time,
    for until then they ask for both. What is written meanwhile is taken along. It may be stopped or killed at any
    moment and called again: it goes on where it was. As the owner of the tables; outside a transaction.

    Raises IndexKeyMissing where a newer key is in use than this process has, and CannotRotate where its keys are not
    those that the hashes on file were made with, or another rotation runs.
    """
    with connection.cursor() as cursor:
        cursor.execute(load("members", "rotate_index_key/try_lock"), ["rotate_index_key"])
        if cursor.fetchone() != (True,):
            raise CannotRotate("another rotation runs")
        try:
            while (generation := read_generation()) < len(keys()):
                _check_keys(generation)
                _rotate_to(cursor, generation + 1, progress)
            _rewrite_merges(generation, progress)
        finally:
            cursor.execute(load("members", "rotate_index_key/unlock"), ["rotate_index_key"])
    return generation


def _check_keys(generation: int) -> None:
    """With other keys than those of the hashes on file, the new ones would fit nothing."""
    own = hashes_of_all_generations("fingerprint", "")
    for known in IndexKey.objects.filter(generation__lte=len(own)):
        if bytes(known.fingerprint) != own[known.generation - 1]:
            raise CannotRotate(f"key {known.generation} of INDEX_KEY, from the right, is not the one in use")
    matching = []
    for point in ContactPoint.objects.filter(channel=ContactPoint.Channel.PHONE)[:_SAMPLE]:
        try:
            value = decrypt(bytes(point.ciphertext), contact_place(point.member_id)).decode()
        except (NoDataKey, InvalidTag):
            continue
        matching.append(keyed_hash("phone", value) == bytes(point.bidx))
    if matching and not any(matching):
        raise CannotRotate("no address on file has the hash that INDEX_KEY makes of it")


def _rotate_to(cursor: CursorWrapper, generation: int, progress: Progress) -> None:
    fingerprint = hashes_of_all_generations("fingerprint", "")[generation - 1]
    IndexKey.objects.get_or_create(generation=generation, defaults={"fingerprint": fingerprint})
    columns = [_Column.of(declared) for declared in KEYED_COLUMNS]
    for column in columns:
        column.add(cursor)
    for column in columns:
        column.fill(generation, progress)
        column.build_indexes(cursor, generation, progress)
    while not _exchange(cursor, columns, generation):
        progress("an import runs, or a table is in use: waiting for it")
        time.sleep(PAUSE)
    progress(f"index key {generation} is in use")


def _exchange(cursor: CursorWrapper, columns: Sequence["_Column"], generation: int) -> bool:
    """All columns in one moment; False, with nothing exchanged, where somebody is in the way."""
    cursor.execute(load("members", "rotate_index_key/try_lock"), [LOCK])
    if cursor.fetchone() != (True,):
        return False
    try:
        for column in columns:
            column.fill(generation, lambda _text: None)
        with transaction.atomic():
            lock_alone(cursor, sorted({column.table for column in columns}))
            for column in columns:
                column.fill(generation, lambda _text: None)
                column.exchange(cursor)
            IndexKey.objects.filter(generation=generation).update(used_since=Now())
    except TableBusy:
        return False
    finally:
        cursor.execute(load("members", "rotate_index_key/unlock"), [LOCK])
    return True


def _rewrite_merges(generation: int, progress: Progress) -> None:
    """What merges remember, so that they can be undone, names addresses by their hashes."""
    behind = Q(moved__index_key__lt=generation) | ~Q(moved__has_key="index_key")
    rewritten = 0
    while generation > 1:
        with transaction.atomic():
            found = MemberMerge.objects.select_for_update().filter(behind).order_by("pk")[:BATCH_ROWS]
            for merge in found:
                merge.moved = moved_as_of_now(merge.moved)
                merge.save(update_fields=["moved"])
        if not found:
            break
        rewritten += len(found)
        progress(f"{rewritten:,} merges")


@dataclass(frozen=True, slots=True)
class _Column:
    """One keyed column and the column beside it, in the words of SQL."""

    declared: KeyedColumn
    walk: Walk
    table: str
    column: str
    following: str

    @classmethod
    def of(cls, declared: KeyedColumn) -> "_Column":
        walk = Walk.over(declared.model)
        return cls(declared, walk, walk.table, declared.column, f"{declared.column}_next")

    def add(self, cursor: CursorWrapper) -> None:
        """The column, and the trigger that marks what is written from now on."""
        with transaction.atomic():
            cursor.execute(load("members", "rotate_index_key/has_column"), [self.table, self.following])
            if cursor.fetchone() == (True,):
                return
            lock_alone(cursor, [self.table])
            kind = self.declared.kind
            cursor.execute(self._statement("add_column", type=sql.SQL(kind.type), unset=sql.SQL(kind.unset)))
            unset_of_new = sql.SQL(kind.unset_of_new).format(column=sql.Identifier(self.column))
            cursor.execute(self._statement("add_function", unset_of_new=unset_of_new))
            cursor.execute(self._statement("add_trigger"))

    def fill(self, generation: int, progress: Progress) -> None:
        """Make the new hash of every row that has none; what others write at this moment is left to the next call."""
        about = self._one("rows_about", self.table)
        done, told, last = 0, time.monotonic(), None
        while True:
            with transaction.atomic(), connection.cursor() as cursor:
                rows = self._read(cursor, last)
                if rows:
                    self._store(cursor, rows, generation)
            done += len(rows)
            if time.monotonic() - told > _TOLD_EVERY or (rows and not last):
                told = time.monotonic()
                progress(f"{self.table}.{self.column}: {done:,} of about {about:,}")
            if len(rows) < BATCH_ROWS:
                return
            last = rows[-1][:-1]

    def build_indexes(self, cursor: CursorWrapper, generation: int, progress: Progress) -> None:
        """As those of the old column; and one of the rows without a new hash, for the last passes."""
        statement = sql.SQL("create index concurrently {name} on {table} ({keys}) where {is_unset}")
        self._build(cursor, self._todo, statement.format(name=sql.Identifier(self._todo), **self._names()))
        while self._has_untouched(cursor):
            time.sleep(PAUSE)  # a long transaction has them
            self.fill(generation, progress)
        for name, definition, _ in self._indexes(cursor):
            progress(f"{self.table}: index {name}")
            columns = re.sub(rf"\b{self.column}\b", self.following, definition[definition.index("USING") :])
            unique = "unique " if "CREATE UNIQUE" in definition else ""
            text = f"create {unique}index concurrently {name}_next on {self.table} {columns}"
            self._build(cursor, f"{name}_next", sql.SQL(text))
        cursor.execute(sql.SQL("analyze {table} ({following})").format(**self._names()))

    def exchange(self, cursor: CursorWrapper) -> None:
        """The new column for the old one, with which its indexes and its constraints go."""
        indexes = self._indexes(cursor)
        for text in (
            "drop trigger {trigger} on {table}",
            "drop function {trigger}",
            "alter table {table} drop column {column}",
            "alter table {table} rename column {following} to {column}",
            "alter table {table} alter column {column} drop default",
            "drop index if exists {todo}",  # gone already where the old column was in it
        ):
            cursor.execute(sql.SQL(text).format(todo=sql.Identifier(self._todo), **self._names()))
        for name, _, is_primary in indexes:
            cursor.execute(f"alter index {name}_next rename to {name}")
            if is_primary:
                cursor.execute(f"alter table {self.table} add constraint {name} primary key using index {name}")

    @property
    def _todo(self) -> str:
        return f"{self.table}_{self.following}_todo"

    def _names(self) -> dict[str, sql.Composable]:
        following = sql.Identifier(self.following)
        return {
            **self.walk.names(),
            "column": sql.Identifier(self.column),
            "following": following,
            "trigger": sql.Identifier(f"{self.table}_{self.following}"),
            "is_unset": sql.SQL(self.declared.kind.is_unset).format(following=following),
        }

    def _statement(self, name: str, **parts: sql.Composable) -> sql.Composed:
        return sql.SQL(load("members", f"rotate_index_key/{name}")).format(**self._names(), **parts)

    def _read(self, cursor: CursorWrapper, last: Sequence[Any] | None) -> list[tuple[Any, ...]]:
        cursor.execute(self._statement("read_batch", beyond=self.walk.beyond(last)), [*(last or ()), BATCH_ROWS])
        return [plain(row) for row in cursor.fetchall()]

    def _store(self, cursor: CursorWrapper, rows: Sequence[Sequence[Any]], generation: int) -> None:
        *primary, old = (list(values) for values in zip(*rows, strict=True))
        kind = self.declared.kind
        statement = self._statement("store_batch", arrays=self.walk.arrays(kind.type))
        cursor.execute(statement, [*primary, list(kind.following(old, generation))])

    def _has_untouched(self, cursor: CursorWrapper) -> bool:
        """Rows that were locked whenever a pass came by; a unique index cannot hold them."""
        kind = self.declared.kind
        statement = sql.SQL("select exists (select from {table} where {is_unset} and {following} = {unset})")
        cursor.execute(statement.format(unset=sql.SQL(kind.unset), **self._names()))
        return bool(cursor.fetchone()[0])

    def _indexes(self, cursor: CursorWrapper) -> Sequence[tuple[str, str, bool]]:
        cursor.execute(load("members", "rotate_index_key/indexes"), [self.table, self.column, self._todo])
        return list(cursor.fetchall())

    def _build(self, cursor: CursorWrapper, name: str, statement: sql.Composable) -> None:
        state = self._one("index_state", name)
        if state is False:
            cursor.execute(sql.SQL("drop index {}").format(sql.Identifier(name)))
        if not state:
            cursor.execute(statement)

    def _one(self, name: str, *parameters: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(load("members", f"rotate_index_key/{name}"), parameters)
            return cursor.fetchone()[0]
