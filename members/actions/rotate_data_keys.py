import time
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from django.db import connection, transaction
from psycopg import sql

from geo.sql import load
from geo.walk import Walk, plain
from members.encrypted_columns import ENCRYPTED_COLUMNS, EncryptedColumn
from members.vault import NoDataKey, decrypt, encrypt_all, writing_prefix

BATCH_ROWS = 2_000
_TOLD_EVERY = 2.0  # seconds

Progress = Callable[[str], None]


def rotate_data_keys(*, progress: Progress = lambda _text: None) -> tuple[int, int]:
    """Encrypt what is not encrypted with the first of DATA_KEYS with it; gives rows done, and rows that do not open.

    Batch by batch, each a transaction that waits for nobody: rows that others are writing are left to the next call,
    and so a killed one goes on where it was. Senders, imports and merges go on meanwhile, with the same DATA_KEYS.
    ``keys_in_use`` tells whether an old key can be dropped.

    Raises NoDataKey where this process has none.
    """
    writing_prefix()
    counts = [_rotate(declared, progress) for declared in ENCRYPTED_COLUMNS]
    return sum(done for done, _ in counts), sum(closed for _, closed in counts)


def keys_in_use() -> Counter[str]:
    """Ciphertexts on file by the name of their data key. Reads every row."""
    found: Counter[str] = Counter()
    with connection.cursor() as cursor:
        for declared in ENCRYPTED_COLUMNS:
            statement = sql.SQL(load("members", "rotate_data_keys/count"))
            names = Walk.over(declared.model).names()
            cursor.execute(statement.format(column=sql.Identifier(declared.column), **names))
            found.update(dict(cursor.fetchall()))
    return found


def _rotate(declared: EncryptedColumn, progress: Progress) -> tuple[int, int]:
    done = closed = 0
    told = time.monotonic()
    for rows, new in _batches(declared):
        done += new
        closed += rows - new
        if time.monotonic() - told > _TOLD_EVERY:
            told = time.monotonic()
            progress(f"{declared.model._meta.db_table}.{declared.column}: {done:,} rows")
    progress(f"{declared.model._meta.db_table}.{declared.column}: {done:,} rows encrypted anew, {closed:,} do not open")
    return done, closed


def _batches(declared: EncryptedColumn) -> Generator[tuple[int, int], None, None]:
    """(rows read, rows encrypted anew) of each batch."""
    walk = Walk.over(declared.model)
    prefix = writing_prefix()
    parts = {
        **walk.names(),
        "column": sql.Identifier(declared.column),
        "bound_to": sql.SQL(", ").join(map(sql.Identifier, declared.bound_to)),
        "length": sql.Literal(len(prefix)),
    }
    read, store = (sql.SQL(load("members", f"rotate_data_keys/{name}_batch")) for name in ("read", "store"))
    keys, last = len(walk.keys), ()
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(read.format(beyond=walk.beyond(last), **parts), [prefix, *(last or ()), BATCH_ROWS])
            rows = [plain(row) for row in cursor.fetchall()]
            opened = [(row[:keys], *clear) for row in rows if (clear := _open(declared, row[keys:])) is not None]
            if opened:
                ciphertexts = encrypt_all([value for _, value, _ in opened], [place for _, _, place in opened])
                primary = zip(*(key for key, _, _ in opened), strict=True)
                cursor.execute(store.format(arrays=walk.arrays("bytea"), **parts), [*map(list, primary), ciphertexts])
        yield len(rows), len(opened)
        if len(rows) < BATCH_ROWS:
            return
        last = rows[-1][:keys]


def _open(declared: EncryptedColumn, row: Sequence[Any]) -> tuple[bytes, str] | None:
    """(value, what it is bound to); None where no key of this process opens it."""
    *bound_to, ciphertext = row
    place = declared.place(*bound_to)
    try:
        return decrypt(ciphertext, place), place
    except (NoDataKey, InvalidTag):
        return None
