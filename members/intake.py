"""What the imports about people share: columns, keys, dates, and rows on their way into staging tables."""

import gc
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import monotonic
from typing import TypeVar, cast

from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from psycopg.types.string import BytesBinaryDumper

from geo import file_bounds
from geo.intake import Doing, Progress, Report, Row, Step, read_table
from geo.phone_like import holds_number
from geo.sql import load
from members.errors import ImportCannotStart
from members.masking import split_name
from members.vault import first_hash, keyed_hash, keyed_hashes

BATCH_ROWS = 20_000
KEY_LENGTH = 60  # of record_key
EARLIEST = date(1980, 1, 1)  # 1970-01-01 and 1900-01-01 are what systems write for "no date"
_SYSTEM_LENGTH = 20
_PROGRESS_SECONDS = 2.0
OWN_SYSTEM = "self"  # of members.own_record
_WHO_IS_WHO = "members:who is who"  # held shared by imports, alone by a merge

_Values = TypeVar("_Values")

_system_name = re.compile(rf"[a-z0-9][a-z0-9_-]{{0,{_SYSTEM_LENGTH - 1}}}").fullmatch
# 2019-01-02, 2019/1/2, 2019.1.2, 20190102, 2019年1月2日, each perhaps with a time behind it
_day = re.compile(
    r"(?P<year>[0-9]{4})(?:(?P<mark>[-/.年])(?P<month>[0-9]{1,2})[-/.月](?P<day>[0-9]{1,2})日?|"
    r"(?P<month8>[0-9]{2})(?P<day8>[0-9]{2}))(?:[T ][0-9:.]+(?:Z|[+-][0-9:]+)?)?"
).fullmatch

_moment = re.compile(
    r"(?P<day>\S+?)(?:T|\s+)(?P<time>\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)\s*(?P<zone>Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
).fullmatch


# Shops number their customers by phone, alone or inside a longer key
_phone_inside = re.compile(r"(?<![0-9])(?:00)?(?:86)?0?1[3-9][0-9]{9}(?![0-9])").search
_LONGEST_SHOWN = 60  # characters
_between_digits = re.compile(r"(?<=\d)[\s().·+/-]+(?=\d)").sub
_many_digits = re.compile(r"\d{9}").search
_much_han = re.compile("(?:[^\u3400-\u9fff]*[\u3400-\u9fff]){5}").match
_looks_like_day = re.compile("[0-9年月日/.-]{1,11}").fullmatch


class BadValue(Exception):
    """A field of a row cannot be used; ``reason`` is the code for the report, ``detail`` what it may show of it.

    A detail that comes from the row has passed ``shown``.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


def shown(code: str) -> str:
    """A code for the report: empty where it may be a number, an address or a name from a column beside it."""
    plain = unicodedata.normalize("NFKC", code)
    if len(plain) > _LONGEST_SHOWN or "@" in plain or _many_digits(_between_digits("", plain)):
        return ""
    return "" if _much_han(plain) or split_name(plain)[0] else code


def _shown_day(text: str) -> str:
    return shown(text) if _looks_like_day(text) else ""


@dataclass(frozen=True, slots=True)
class Fields:
    """What an import reads: all field names, and groups of which each needs at least one column in the file."""

    names: Sequence[str]
    needed: Sequence[tuple[str, ...]]


def check_system(system: str) -> None:
    """Raises ImportCannotStart unless the name can stand in keys: lower-case letters, digits, - and _."""
    if system == OWN_SYSTEM:
        raise ImportCannotStart(f"{system} is what members say of themselves; give the system another name")
    if not _system_name(system):
        raise ImportCannotStart(
            f"a system's name is made of a to z, 0 to 9, - and _, at most {_SYSTEM_LENGTH} characters, not {system!r}"
        )


def read_rows(
    path: Path, *, fields: Fields, columns: Mapping[str, str], report: Report, progress: Progress
) -> Iterator[tuple[Row, list[str]]]:
    """Each readable row with the values of ``fields.names`` in their order, empty where the file lacks a column.

    ``columns`` renames: {column of the file: field}. Every row is counted and every broken one refused in
    ``report``. Raises ImportCannotStart when there is no row or a needed column is missing (the file's own
    columns are not named: without a header they are somebody's values) and UnreadableFile.
    """
    unknown = set(columns.values()) - set(fields.names)
    if unknown:
        raise ImportCannotStart(f"no field {', '.join(sorted(unknown))}; fields are {', '.join(fields.names)}")
    column_of = {field: column for column, field in columns.items()}
    names = [column_of.get(field, field) for field in fields.names]
    missing = [""] * len(names)
    has_header = False
    told = monotonic()
    for row in read_table(path):
        report.rows += 1
        if row.broken:
            report.refuse(row.line, row.broken)
            continue
        if not has_header:
            _check_columns(row.values, fields, dict(zip(fields.names, names, strict=True)), columns)
            has_header = True
        yield row, list(map(row.values.get, names, missing))
        if not report.rows % 1000 and monotonic() - told > _PROGRESS_SECONDS:
            told = monotonic()
            progress(Step(Doing.READING, report.rows))
    if not report.rows:
        raise ImportCannotStart("the file has no rows", "no_rows")


def _check_columns(
    present: Mapping[str, str], fields: Fields, column_of: Mapping[str, str], columns: Mapping[str, str]
) -> None:
    absent = sorted(set(columns) - set(present))
    if absent:
        raise ImportCannotStart(f"the file has no column {', '.join(absent)}", "missing_column")
    for group in fields.needed:
        if not any(column_of[field] in present for field in group):
            raise ImportCannotStart(
                f"the file has no column for {' or '.join(group)}; name it with --map COLUMN={group[0]}",
                "missing_column",
            )


def batches(rows: Iterator[tuple[Row, _Values]], most: int = BATCH_ROWS) -> Iterator[list[tuple[Row, _Values]]]:
    """The rows in lists, so that memory stays the same however long the file is, or its rows."""
    return file_bounds.batches(rows, most=most, values=lambda row: row[0].values)


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Python's collector stands still: rows hold no cycles, and to search batches of them takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def read_key(text: str) -> str:
    """The record's key as it is stored. Raises BadValue: no_key, bad_key."""
    if not text:
        raise BadValue("no_key")
    if len(text) > KEY_LENGTH or not text.isprintable():
        raise BadValue("bad_key")
    return _unreadable(text)


def _unreadable(key: str) -> str:
    """Keys are stored as they are, so one that holds a phone number is stored as its keyed hash.

    Of the first index key: the hash is part of primary keys and of what ciphertexts are bound to.
    """
    return f"#{first_hash('record_key', key).hex()}" if _phone_inside(key) or holds_number(key) else key


def record_hashes(system: str, keys: Iterable[str]) -> list[bytes]:
    """What an erased record leaves for Tombstone, of each key as it is stored."""
    return keyed_hashes("erased_record", (f"{system}:{key}".encode() for key in keys))


def read_day(text: str, *, today: date) -> date:
    """The day as written; a time behind it is left out. Raises BadValue: bad_date, future_date."""
    try:
        # the quick way for the plain spelling; fromisoformat alone would also read weeks (2019-W01-1)
        day = date.fromisoformat(text) if len(text) == 10 and text[4] == text[7] == "-" else _spelled_day(text)
    except ValueError:
        raise BadValue("bad_date", _shown_day(text)) from None
    if day < EARLIEST:
        raise BadValue("bad_date", _shown_day(text))
    if day > today:
        raise BadValue("future_date", _shown_day(text))
    return day


def _spelled_day(text: str) -> date:
    match = _day(text)
    if not match:
        raise ValueError
    month, day = match["month"] or match["month8"], match["day"] or match["day8"]
    return date(int(match["year"]), int(month), int(day))


def read_moment(text: str, *, now: datetime, late: bool) -> datetime:
    """The moment as written, in the zone of the settings where it names none.

    A day without a time is its beginning, or where ``late`` its end, so far as that has come. Raises BadValue:
    bad_date, future_date.
    """
    match = _moment(text)
    day = read_day(match["day"] if match else text, today=timezone.localdate(now) + timedelta(days=1))
    if match:
        try:
            hour, colon, rest = match["time"].partition(":")
            clock = time.fromisoformat(hour.zfill(2) + colon + rest + (match["zone"] or ""))
        except ValueError:
            raise BadValue("bad_date") from None
        moment = datetime.combine(day, clock, clock.tzinfo or timezone.get_current_timezone())
    else:
        moment = datetime.combine(day, time(), timezone.get_current_timezone())
    if moment > now:
        raise BadValue("future_date", _shown_day(text))
    return min(moment + timedelta(days=1, microseconds=-1), now) if late and not match else moment


def next_ids(cursor: CursorWrapper, table: str, count: int) -> list[int]:
    """So many numbers of the table's sequence; those that stay unused are lost, which does no harm."""
    cursor.execute(load("members", "next_ids"), [table, count])
    (ids,) = cursor.fetchone()
    return list(ids)


def copy_rows(cursor: CursorWrapper, statement: str, types: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write rows with a ``copy … from stdin (format binary)`` statement."""
    # set_types would take the dumper of the DB-API's Binary for bytea, which is not compiled
    cursor.adapters.register_dumper(bytes, BytesBinaryDumper)
    with cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


def refuse_lines(cursor: CursorWrapper, report: Report, reason: str) -> int:
    """Refuse the lines that the last statement returned; how many."""
    lines = sorted(line for (line,) in cursor.fetchall())
    for line in lines:
        report.refuse(line, reason)
    return len(lines)


def only_one_at_a_time(cursor: CursorWrapper, what: str) -> datetime:
    """Wait until no other transaction imports the same; gives the moment from which this one does.

    Rows read after this see everything that the one before has committed. Two imports of the same numbers at
    once would otherwise wait for each other's unique keys in different orders, and one would be ended.
    """
    cursor.execute("select pg_advisory_xact_lock_shared(hashtextextended(%s, 0))", [_WHO_IS_WHO])
    cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"import:{what}"])
    cursor.execute("select clock_timestamp()")
    (moment,) = cursor.fetchone()
    return cast(datetime, moment)


def wait_for_imports(cursor: CursorWrapper) -> None:
    """Wait until no import is deciding whose its rows are; none begins to until the end of this transaction."""
    cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [_WHO_IS_WHO])


def publish_for_members(cursor: CursorWrapper, report: Report, *, folder: str, system: str, staged: int) -> None:
    """From the staging table into the real one, each row under its member; the statements are in ``sql/folder``.

    Refuses repeated_key, erased, unknown_member and key_of_another_member: a record that its source has moved to
    another person is not counted twice, and does not follow silently.
    """

    def run(name: str, *parameters: str) -> int:
        cursor.execute(load("members", f"{folder}/{name}"), parameters)
        return int(cursor.rowcount)

    only_one_at_a_time(cursor, f"{folder}:{system}")
    run("refuse_repeated")
    staged -= refuse_lines(cursor, report, "repeated_key")
    run("analyze")
    run("resolve", system, system)
    run("refuse_erased")
    staged -= refuse_lines(cursor, report, "erased")
    run("refuse_unknown")
    staged -= refuse_lines(cursor, report, "unknown_member")
    run("refuse_held")
    staged -= refuse_lines(cursor, report, "key_of_another_member")
    report.merged = run("update", system)
    report.created = run("insert", system)
    report.unchanged = staged - report.merged - report.created


def member_reference(phone: str, number: str | None, member_key: str) -> tuple[bytes | None, str | None]:
    """(hash of the number, record key): what the row names its member by. Raises BadValue.

    The number goes first; the key is for rows without one, or whose number nobody has. Reasons: no_phone,
    bad_phone, unknown_member for what cannot be a key.
    """
    if number is None and (phone or not member_key):
        raise BadValue("bad_phone" if phone else "no_phone")
    if member_key and not member_key.isprintable():
        raise BadValue("unknown_member")
    return keyed_hash("phone", number) if number else None, _unreadable(member_key) or None
