"""Publish a computed table by building a new one beside it and swapping the names.

Five million rows of scores are published so in seconds; updating them in place takes minutes and ruins
index-only scans until VACUUM. Readers see the old rows until the swap commits and the new ones after.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from psycopg.errors import LockNotAvailable

from geo.errors import TableBusy

# The swap needs each table for itself for a few milliseconds. A reader that arrives while it waits stands in
# line behind it, so it waits briefly and tries often.
LOCK_WAIT = "300ms"
ATTEMPTS = 60
PAUSE = 0.7  # seconds between two attempts
# Sorts and hashes of a build over a million members stay in memory with this; beyond, PostgreSQL spills.
WORK_MEM = "256MB"


@contextmanager
def replacing(*models: type[Model]) -> Iterator[CursorWrapper]:
    """Inside the block, fill ``<table>_new`` of each model with SQL; on leaving, they take the tables' places.

    One transaction: an error inside leaves everything as it was. Primary keys and indexes are made after
    loading, then the tables are analysed; names and grants stay the same. Two builds of one table run one
    after the other. Raises TableBusy, with nothing changed, when readers hold a table for about a minute.
    """
    tables = sorted(model._meta.db_table for model in models)
    with transaction.atomic(), connection.cursor() as cursor:
        for table in tables:
            cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"publish {table}"])
            cursor.execute(
                f"create table {table}_new (like {table} including defaults including constraints including storage)"
            )
        cursor.execute(f"set local work_mem = '{WORK_MEM}'")
        cursor.execute(f"set local maintenance_work_mem = '{WORK_MEM}'")
        yield cursor
        definitions = {table: _index_definitions(cursor, table) for table in tables}
        for table in tables:
            for name, definition, is_primary in definitions[table]:
                _create(cursor, table, name, definition, is_primary=is_primary)
            _copy_grants(cursor, table)
            cursor.execute(f"analyze {table}_new")
        lock_alone(cursor, tables)
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


def _copy_grants(cursor: CursorWrapper, table: str) -> None:
    """Who may read the old table may read the new one: the web's role need not be the owner."""
    cursor.execute(
        "select format('grant %%s on %%I to %%s%%s', a.privilege_type, c.relname || '_new',"
        " coalesce(quote_ident(r.rolname), 'public'), case when a.is_grantable then ' with grant option' end)"
        " from pg_class c cross join aclexplode(c.relacl) a left join pg_roles r on r.oid = a.grantee"
        " where c.oid = %s::regclass and a.grantee <> c.relowner",
        [table],
    )
    for (grant,) in cursor.fetchall():
        cursor.execute(str(grant))


def lock_alone(cursor: CursorWrapper, tables: Sequence[str]) -> None:
    """Take the tables for this transaction alone, without readers waiting for long. Raises TableBusy."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE)
        try:
            with transaction.atomic():
                cursor.execute(f"set local lock_timeout = '{LOCK_WAIT}'")
                cursor.execute(f"lock table {', '.join(tables)} in access exclusive mode")
        except OperationalError as error:
            if not isinstance(error.__cause__, LockNotAvailable):
                raise
        else:
            return
    raise TableBusy(tables)
