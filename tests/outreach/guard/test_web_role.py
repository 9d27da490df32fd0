"""What the web's database role may do to the ledgers: read them, and call a few functions. Nothing else."""

import uuid

import pytest
from django.db import ProgrammingError, connection, transaction

from geo.publishing import replacing
from members.models import CommunityStat
from outreach.actions.grant_web_role import grant_web_role
from outreach.web_role import FUNCTIONS, LEDGERS
from salesapp.staff.actions.record_read import record_read
from salesapp.staff.models import Employee, HarvestAlarm

pytestmark = pytest.mark.django_db

WRITES = ("insert", "update", "delete", "truncate")
# The tables of the promise, their partitions included, whatever the product's own list says
LEDGER_TABLES = """
select c.oid::regclass::text from pg_class c
 where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
   and c.relname ~ '^(outreach_(contact|message(_p[0-9]+)?$|providerpace)|members_consent(state)?($|_p)|members_tombst'
                   'one|staff_accessblock)'
 order by 1
"""
# Ours and not PostGIS's or the queue's; those that run with the owner's rights
OUR_FUNCTIONS = """
select p.proname from pg_proc p
 where p.pronamespace = 'public'::regnamespace and p.proname ~ '^(outreach|members)_'
   and p.prosecdef and has_function_privilege(%s, p.oid, 'execute')
"""


@pytest.fixture
def role() -> str:
    """The web's role, gone with the test's transaction."""
    name = f"web_{uuid.uuid4().hex}"
    grant_web_role(role=name)
    return name


def rows(statement: str, *values: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [row[0] for row in cursor.fetchall()]


def may(role: str, table: str, privilege: str) -> bool:
    return bool(rows("select has_table_privilege(%s, %s, %s)", role, table, privilege)[0])


def writable(role: str) -> list[tuple[str, str]]:
    return [(table, write) for table in rows(LEDGER_TABLES) for write in WRITES if may(role, table, write)]


def refused(role: str, statement: str) -> str:
    """The words of the refusal when the role runs the statement."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local role {role}")
        with pytest.raises(ProgrammingError) as caught, transaction.atomic():
            cursor.execute(statement)
        cursor.execute("reset role")
    return str(caught.value)


def test_it_reads_the_ledgers_and_writes_none(role: str) -> None:
    tables = rows(LEDGER_TABLES)

    assert len(tables) == 4 + 2 * 17 + 3
    assert set(LEDGERS) <= set(tables)
    assert writable(role) == []
    assert [table for table in tables if not may(role, table, "select")] == []


def test_the_test_would_see_a_right(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"grant update on outreach_message_p7 to {role}")

    assert writable(role) == [("outreach_message_p7", "update")]


def test_a_table_that_is_published_anew_changes_nothing(role: str) -> None:
    table = CommunityStat._meta.db_table
    before = [write for write in ("select", *WRITES) if may(role, table, write)]

    with replacing(CommunityStat):
        pass

    assert [write for write in ("select", *WRITES) if may(role, table, write)] == before
    assert writable(role) == []


def test_a_new_partition_of_a_ledger_is_not_writable(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("create table outreach_message_p16 (like outreach_message)")

    assert writable(role) == []


def test_it_may_call_the_functions_of_the_list_alone(role: str) -> None:
    assert sorted(rows(OUR_FUNCTIONS, role)) == sorted(FUNCTIONS)


def test_what_an_earlier_release_granted_goes(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"grant update, delete on members_contactpoint to {role}")
        cursor.execute(
            "grant execute on function outreach_claim_service(bigint, smallint, bigint, bigint, integer, timestamptz)"
            f" to {role}"
        )
    assert may(role, "members_contactpoint", "update")
    assert "outreach_claim_service" in rows(OUR_FUNCTIONS, role)

    grant_web_role(role=role)

    assert [write for write in WRITES if may(role, "members_contactpoint", write)] == []
    assert sorted(rows(OUR_FUNCTIONS, role)) == sorted(FUNCTIONS)


def test_it_cannot_move_the_clock(role: str) -> None:
    body = "returns timestamptz language sql as $$ select timestamptz '2040-01-01' $$"

    assert "permission denied for schema public" in refused(role, f"create function public.outreach_now() {body}")
    assert "must be owner" in refused(role, "alter function outreach_now() rename to outreach_then")


def test_a_table_of_its_own_does_not_stand_in_for_the_policy(role: str) -> None:
    """Functions look in the schema public first, whatever the session's path is."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local role {role}")
        cursor.execute("create temp table outreach_contactpolicy as select * from public.outreach_contactpolicy")
        cursor.execute("update pg_temp.outreach_contactpolicy set generation = 9, closed_until = null")
        cursor.execute("set local search_path = pg_temp, public")
        cursor.execute("select refusal from outreach_claim('{1}', 1::smallint, 1, null, null, 9, null)")
        assert cursor.fetchone()[0] == "unknown_member"
        cursor.execute("select public.outreach_set_sending(false)")
        cursor.execute("select sending_on from pg_temp.outreach_contactpolicy")
        assert cursor.fetchone()[0] is True
        cursor.execute("select sending_on from public.outreach_contactpolicy")
        assert cursor.fetchone()[0] is False
        transaction.set_rollback(True)


def test_it_cannot_write_beside_the_functions(role: str) -> None:
    for statement in (
        "insert into outreach_contactguard (member_id) values (1)",
        "insert into outreach_contactguard_p0 (member_id) values (1)",
        "update outreach_contactguard set blocked_until = '-infinity'",
        "delete from outreach_message",
        "update members_consentstate set given_at = now()",
        "update outreach_contactpolicy set sending_on = true",
        "select outreach_open_sending(99, null)",
        "select outreach_hand_over(1, 1, 1)",
        # as refused, it would give a month back
        "select outreach_settle(1, 1, 4::smallint, 'x', null, null)",
        "select outreach_merge(1, 2)",
        # it asks for no consent and no month
        "select outreach_claim_service(1, 1::smallint, 1, null, 1, null)",
        # a number that goes to another member would have another month
        "update members_contactpoint set member_id = 2",
        "delete from members_contactpoint",
        "delete from members_tombstone",
    ):
        assert "permission denied" in refused(role, statement), statement


def test_it_adds_to_the_log_of_look_ups_and_chooses_neither_number_nor_time(role: str, alice: Employee) -> None:
    values = f"values ({alice.pk}, 'counter', 'x'"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local role {role}")
        record_read(by=alice, reason="audit", search="search: everything")
        HarvestAlarm.objects.create(employee=alice, rule="near", figures={})
        cursor.execute("reset role")
    for statement in (
        f"insert into staff_accessentry (employee_id, reason, address_hash, at) {values}, '2020-01-01')",
        f"insert into staff_accessentry (employee_id, reason, address_hash, id) {values}, 5)",
        "insert into staff_accessentry_rest (employee_id, reason, address_hash, at) select 1, 'x', 'x', now()",
        "update staff_accessentry set reason = 'x'",
        "delete from staff_accessentry",
        "truncate staff_accessentry_rest",
        "insert into staff_accessblock select * from staff_accessblock",
        "update staff_harvestalarm set rule = 'x'",
        "delete from staff_harvestalarm",
        "delete from staff_harvestdecision",
        "select staff_make_access_months('2030-01-01', '2030-01-01')",
    ):
        assert "permission denied" in refused(role, statement), statement
