from collections.abc import Mapping, Sequence

from django.db.backends.utils import CursorWrapper

from geo.sql import load
from outreach.web_role import GROWING, LEDGERS, SETTABLE


def open_ledgers(cursor: CursorWrapper) -> list[str]:
    """The tables of the ledgers, partitions included, that the connection's role may write otherwise than the web's
    may (grant_web_role); in order of their names."""
    cursor.execute(
        load("outreach", "open_ledgers"),
        {"tables": [*LEDGERS, *GROWING], "added": _columns(GROWING), "set": _columns(SETTABLE)},
    )
    return [table for (table,) in cursor.fetchall()]


def _columns(of: Mapping[str, Sequence[str]]) -> list[str]:
    return [f"{table}.{column}" for table, columns in of.items() for column in columns]
