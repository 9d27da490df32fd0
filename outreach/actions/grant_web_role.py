from django.db import connection, transaction
from psycopg import sql

# The ledgers: the web reads them and writes them through functions alone
LEDGERS = (
    "members_consent",
    "members_consentstate",
    "members_tombstone",
    "outreach_contactpolicy",
    "outreach_contactguard",
    "outreach_message",
    "outreach_contactmerge",
    "outreach_providerpace",
    "staff_accessblock",
)
# Tables to which the web adds rows, and chooses of them no more than these columns
GROWING = {
    # Were it to take a number from one member and give it to another, the number would have another month
    "members_contactpoint": ("channel", "bidx", "member_id", "ciphertext"),
    "staff_accessentry": (
        "employee_id", "store_id", "reason", "address_hash", "thousand", "member_id", "search",
    ),
    "staff_harvestalarm": ("employee_id", "at", "rule", "figures"),
    "staff_harvestdecision": ("alarm_id", "by_id", "at", "outcome", "reason"),
}  # fmt: skip
# Not among them: hand-over, settling, reaping, opening, and service messages, which ask for no consent and no month.
# Those belong to the senders.
FUNCTIONS = (
    "members_record_consent",
    "outreach_claim",
    "outreach_accept",
    "outreach_cancel_broadcast",
    "outreach_set_sending",
    "outreach_hold_after_erasure",
)
# With the caller's own rights, and of no row but the policy's
QUESTIONS = ("outreach_is_quiet", "outreach_month", "outreach_lease", "outreach_call_max")

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
        # what an administrator sets; the floor of the month is a check of the table
        cursor.execute(
            sql.SQL("grant update (month_hours, approval_above) on outreach_contactpolicy to {}").format(name)
        )
        cursor.execute(_OUR_FUNCTIONS, [[*FUNCTIONS, *QUESTIONS]])
        for signature, is_granted in cursor.fetchall():
            # What an earlier release granted goes
            change = "grant execute on function {} to {}" if is_granted else "revoke execute on function {} from {}"
            cursor.execute(sql.SQL(change).format(sql.SQL(signature), name))
