from django.db import connection, transaction
from psycopg import sql

# The ledgers: the web reads them and writes them through functions alone
LEDGERS = (
    "members_consent",
    "members_consentstate",
    "outreach_contactpolicy",
    "outreach_contactguard",
    "outreach_message",
    "outreach_contactmerge",
    "outreach_providerpace",
    "staff_accessblock",
)
# Tables that only grow: the web adds rows, and chooses of them no more than these columns
GROWING = {
    "staff_accessentry": (
        "employee_id", "store_id", "reason", "address_hash", "thousand", "member_id", "search",
    ),
    "staff_harvestalarm": ("employee_id", "at", "rule", "figures"),
    "staff_harvestdecision": ("alarm_id", "by_id", "at", "outcome", "reason"),
}  # fmt: skip
# Not among them: hand-over, settling, reaping, opening. Those belong to the senders.
FUNCTIONS = (
    "members_record_consent",
    "outreach_claim",
    "outreach_claim_service",
    "outreach_accept",
    "outreach_cancel_broadcast",
    "outreach_set_sending",
    "outreach_hold_after_erasure",
)
# With the caller's own rights, and of no row
QUESTIONS = ("outreach_is_quiet",)

_PARTS = """
select c.relname from pg_class c
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
   and (c.relname = any(%s) or c.oid in (
        select inhrelid from pg_inherits where inhparent in (select oid from pg_class where relname = any(%s))))
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
        # what an administrator sets; the floor of the month is a check of the table
        cursor.execute(
            sql.SQL("grant update (month_hours, approval_above) on outreach_contactpolicy to {}").format(name)
        )
        cursor.execute(
            "select oid::regprocedure::text from pg_proc"
            " where pronamespace = 'public'::regnamespace and proname = any(%s)",
            [[*FUNCTIONS, *QUESTIONS]],
        )
        for (signature,) in cursor.fetchall():
            cursor.execute(sql.SQL("grant execute on function {} to {}").format(sql.SQL(signature), name))
