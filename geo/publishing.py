"""Publish a computed table by building a new one beside it and swapping the names.

Five million rows of scores are published so in seconds; updating them in place takes minutes and ruins
index-only scans until VACUUM. Readers see the old rows until the swap commits and the new ones after.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model


@contextmanager
def replacing(*models: type[Model]) -> Iterator[CursorWrapper]:
    """Inside the block, fill ``<table>_new`` of each model with SQL; on leaving, they take the tables' places.

    One transaction: an error inside leaves everything as it was. Primary keys and indexes are made after
    loading, then the tables are analysed. The locks of the swap are asked for last and waited for at most 5 s
    (then psycopg's LockNotAvailable is raised and nothing is changed).
    """
    tables = [model._meta.db_table for model in models]
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"create table {table}_new (like {table} including defaults including storage)")
        yield cursor
        definitions = {table: _index_definitions(cursor, table) for table in tables}
        for table in tables:
            for name, definition, is_primary in definitions[table]:
                _create(cursor, table, name, definition, is_primary=is_primary)
            cursor.execute(f"analyze {table}_new")
        cursor.execute("set local lock_timeout = '5s'")
        for table in tables:
            cursor.execute(f"drop table {table}")
            cursor.execute(f"alter table {table}_new rename to {table}")
            for name, _, _ in definitions[table]:
                cursor.execute(f"alter index {name}_new rename to {name}")


def _index_definitions(cursor: CursorWrapper, table: str) -> Sequence[tuple[str, str, bool]]:
    """(name, definition, is primary key) of the table's indexes."""
    cursor.execute(
        "select c.relname, pg_get_indexdef(i.indexrelid), i.indisprimary"
        " from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = %s::regclass order by 1",
        [table],
    )
    return [(str(name), str(definition), bool(primary)) for name, definition, primary in cursor.fetchall()]


def _create(cursor: CursorWrapper, table: str, name: str, definition: str, *, is_primary: bool) -> None:
    columns = definition[definition.index("USING") :]
    unique = "unique " if "CREATE UNIQUE" in definition else ""
    cursor.execute(f"create {unique}index {name}_new on {table}_new {columns}")
    if is_primary:
        # the constraint takes the index over under the index's own name
        cursor.execute(f"alter table {table}_new add constraint {name}_new primary key using index {name}_new")
