from django.db import connection, transaction
from psycopg import sql

from outreach.web_role import FUNCTIONS, GROWING, LEDGERS, QUESTIONS, SETTABLE

_PARTS = """
select c.relname from pg_class c
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
   and (c.relname = any(%s) or c.oid in (
        select inhrelid from pg_inherits where inhparent in (select oid from pg_class where relname = any(%s))))
"""
_OUR_FUNCTIONS = """
select p.oid::regprocedure::text, p.proname = any(%s) from pg_proc p
 where p.pronamespace = 'public'::regnamespace and p.proname ~ '^(outreach|members|staff)_' and p.prokind = 'f'
"""


@transaction.atomic
def grant_web_role(*, role: str) -> None:
    """Give the web's database role what it may do: all rows but those of the ledgers, and the ledgers' functions.

    Makes the role, without a password, if it is not there and this connection may. To be run after every
    migration, as the owner of the tables. Raises ProgrammingError where that is not allowed.
    """
    name = sql.Identifier(role)
    with connection.cursor() as cursor:
        cursor.execute("select 1 from pg_roles where rolname = %s", [role])
        if cursor.fetchone() is None:
            cursor.execute(sql.SQL("create role {} login").format(name))
        # No default privileges: a table or partition to come would be writable until this runs again. Tables that
        # are published anew every night keep their grants.
        for grant in (
            "grant usage on schema public to {}",
            "grant select, insert, update, delete on all tables in schema public to {}",
            "grant usage, select on all sequences in schema public to {}",
        ):
            cursor.execute(sql.SQL(grant).format(name))
        tables = [*LEDGERS, *GROWING]
        cursor.execute(_PARTS, [tables, tables])
        for (table,) in cursor.fetchall():
            cursor.execute(
                sql.SQL("revoke insert, update, delete, truncate on {} from {}").format(sql.Identifier(table), name)
            )
        for table, columns in GROWING.items():
            cursor.execute(
                sql.SQL("grant insert ({}) on {} to {}").format(
                    sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table), name
                )
            )
        for table, columns in SETTABLE.items():
            cursor.execute(
                sql.SQL("grant update ({}) on {} to {}").format(
                    sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table), name
                )
            )
        cursor.execute(_OUR_FUNCTIONS, [[*FUNCTIONS, *QUESTIONS]])
        for signature, is_granted in cursor.fetchall():
            # What an earlier release granted goes
            change = "grant execute on function {} to {}" if is_granted else "revoke execute on function {} from {}"
            cursor.execute(sql.SQL(change).format(sql.SQL(signature), name))
