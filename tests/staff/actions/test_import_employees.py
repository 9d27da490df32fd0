import os
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geo.models import ImportRun
from salesapp.staff.actions import import_employees as module
from salesapp.staff.actions.change_password import change_password
from salesapp.staff.actions.import_employees import Reconciled, What, import_employees
from salesapp.staff.actions.reinstate_employee import reinstate_employee
from salesapp.staff.actions.sign_in import sign_in
from salesapp.staff.errors import EmployeesNotImported, SignInRefused
from salesapp.staff.hr_feed import Feed
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Role
from tests.conftest import PASSWORD, Town

HrList = Callable[..., Feed]

# The cast as HR has it; without a store column's value an employee has none
ALICE = "alice,alice,salesperson,990101,N1,"
BOB = "bob,bob,salesperson,990101,N1,active"
CHARLIE = "charlie,charlie,销售,990102,S1,在职"
MEI = "mei,mei,manager,990101,,"
STAFF = (ALICE, BOB, CHARLIE, MEI)


@pytest.fixture
def staff(alice: Employee, bob: Employee, charlie: Employee, mei: Employee, root: Employee) -> None:
    """Four in the field and an administrator, whom HR's list does not have."""


def told(done: Reconciled) -> list[tuple[str, str, str]]:
    return [(line.what.value, line.employee_no, line.detail) for line in done.told]


def active() -> set[str]:
    return set(Employee.objects.filter(disabled_at=None).values_list("employee_no", flat=True))


def report_of(done: Reconciled) -> list[str]:
    return Path(done.run.report).read_text().splitlines()[1:]


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.created, run.merged, run.unchanged, run.refused


def test_a_list_that_says_what_is_known_changes_nothing(staff: None, hr_list: HrList) -> None:
    before = list(Employee.objects.order_by("pk").values())
    for _ in range(2):
        done = import_employees(feed=hr_list(*STAFF))
        assert told(done) == []
        assert counts(done.run) == (0, 0, 4, 0)
    assert list(Employee.objects.order_by("pk").values()) == before
    assert ImportRun.objects.filter(kind="employees").count() == 2


def test_who_joins_has_no_password_until_an_administrator_sets_one(
    staff: None, root: Employee, town: Town, hr_list: HrList
) -> None:
    done = import_employees(feed=hr_list(*STAFF, "E9,陈九,salesperson,,S1,"))
    assert told(done) == [("joins", "E9", "role salesperson, region 990102, store S1")]
    new = Employee.objects.get(employee_no="E9")
    assert (new.name, new.role, new.region, new.store) == ("陈九", "salesperson", town.south, town.south_store)
    assert not new.has_usable_password()
    with pytest.raises(SignInRefused):
        sign_in(employee_no="E9", password="", address="192.0.2.1")
    change_password(employee=new, password="another-horse-8", by=root)
    assert sign_in(employee_no="E9", password="another-horse-8", address="192.0.2.1").employee == new


def test_who_moves_sees_the_new_region_at_the_next_request_with_the_old_token(
    staff: None, town: Town, hr_list: HrList
) -> None:
    access = sign_in(employee_no="alice", password=PASSWORD, address="192.0.2.1").access
    done = import_employees(feed=hr_list("alice,alice,manager,990102,S1,", *STAFF[1:]))
    assert told(done) == [
        ("moves", "alice", "role salesperson → manager, region 990101 → 990102, store N1 → S1"),
    ]
    answer = Client().get("/api/me/", headers={"Authorization": f"Bearer {access}"}).json()
    assert (answer["role"], answer["region"]["id"], answer["store"]["code"]) == ("manager", town.south.pk, "S1")
    assert done.run.notes == {"moves": 1}


def test_a_new_name_is_taken_over_and_stands_in_no_report(staff: None, hr_list: HrList) -> None:
    done = import_employees(feed=hr_list("alice,孙爱丽,salesperson,990101,N1,", *STAFF[1:]))
    assert told(done) == [("renamed", "alice", "")]
    assert Employee.objects.get(employee_no="alice").name == "孙爱丽"
    assert report_of(done) == ["2,renamed,alice"]


@pytest.mark.parametrize("row", ["", "alice,,,,,left", "alice,,,,,离职", "alice,alice,salesperson,990101,N1,NO"])
def test_who_leaves_is_refused_at_the_next_request(staff: None, hr_list: HrList, row: str) -> None:
    tokens = sign_in(employee_no="alice", password=PASSWORD, address="192.0.2.1")
    browser = Client()
    browser.force_login(Employee.objects.get(employee_no="alice"))
    done = import_employees(feed=hr_list(*STAFF[1:], row))
    assert told(done) == [("leaves", "alice", "marked" if row else "absent")]
    assert Client().get("/api/me/", headers={"Authorization": f"Bearer {tokens.access}"}).status_code == 401
    assert browser.get("/api/me/").status_code == 401
    assert active() == {"bob", "charlie", "mei", "root"}
    run = done.run
    assert run.rows == sum(counts(run))
    assert run.notes == {"leaves": 1}


def test_who_was_disabled_waits_for_an_administrator_though_the_list_says_active(
    staff: None, erin: Employee, root: Employee, hr_list: HrList
) -> None:
    feed = hr_list(*STAFF, "erin,erin,salesperson,990102,S1,active")
    first = import_employees(feed=feed)
    assert told(first) == [("moves", "erin", "region 990101 → 990102, store N1 → S1"), ("waits", "erin", "")]
    assert told(import_employees(feed=feed)) == [("waits", "erin", "")]
    assert "erin" not in active()
    reinstate_employee(employee=erin, by=root)
    assert told(import_employees(feed=feed)) == []
    assert "erin" in active()


def test_who_left_before_leaves_once(staff: None, erin: Employee, hr_list: HrList) -> None:
    done = import_employees(feed=hr_list(*STAFF, "erin,,,,,left", "nobody,,,,,left"))
    assert told(done) == []
    assert counts(done.run) == (0, 0, 6, 0)


def test_administrators_leave_only_when_the_list_says_so(staff: None, hr_list: HrList) -> None:
    import_employees(feed=hr_list(*STAFF))
    assert "root" in active()
    import_employees(feed=hr_list(*STAFF, "root,,,,,left"))
    assert "root" not in active()


@pytest.mark.parametrize(
    ("row", "now"),
    [
        ("alice,alice,administrator,990101,N1,", ("alice", Role.SALESPERSON)),
        ("alice,alice,privacy_officer,990101,N1,", ("alice", Role.SALESPERSON)),
        ("root,root,salesperson,990101,N1,", ("root", Role.ADMINISTRATOR)),
    ],
)
def test_the_list_makes_and_unmakes_no_administrators(
    staff: None, hr_list: HrList, row: str, now: tuple[str, str]
) -> None:
    done = import_employees(feed=hr_list(row, *(other for other in STAFF if not row.startswith(other[:5]))))
    assert done.run.reasons == {"office_role": 1}
    assert Employee.objects.values_list("employee_no", "role").get(employee_no=now[0]) == now


def test_a_new_number_is_no_way_to_an_administrator(staff: None, hr_list: HrList) -> None:
    assert import_employees(feed=hr_list(*STAFF, "E9,x,administrator,,,")).run.reasons == {"office_role": 1}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("E9,,salesperson,990101,N1,", "no_name"),
        (f"E9,{'x' * 41},salesperson,990101,N1,", "bad_name"),
        ("E9,x,,990101,N1,", "no_role"),
        ("E9,x,king,990101,N1,", "unknown_role"),
        ("E9,x,salesperson,,,", "no_region"),
        ("E9,x,salesperson,999999,N1,", "unknown_region"),
        ("E9,x,salesperson,990101,X1,", "unknown_store"),
        ("E9,x,salesperson,990101,N1,perhaps", "bad_state"),
    ],
)
def test_a_row_that_cannot_be_meant_is_refused_and_the_others_are_applied(
    staff: None, hr_list: HrList, row: str, reason: str
) -> None:
    done = import_employees(feed=hr_list(row, *STAFF, "E8,x,manager,990100,,"))
    assert done.run.reasons == {reason: 1}
    assert report_of(done)[0].startswith(f"2,{reason},")
    assert active() == {"alice", "bob", "charlie", "mei", "root", "E8"}


def test_a_number_on_file_in_other_capitals_is_nobody_new(staff: None, hr_list: HrList) -> None:
    done = import_employees(feed=hr_list("ALICE,x,salesperson,990101,N1,", *STAFF[1:]))
    assert done.run.reasons == {"other_case": 1}
    assert told(done) == []


def test_an_employee_whose_row_is_refused_stays_as_before(staff: None, hr_list: HrList) -> None:
    done = import_employees(feed=hr_list("alice,alice,king,990102,S1,", *STAFF[1:]))
    assert done.run.reasons == {"unknown_role": 1}
    assert told(done) == []


def test_of_a_number_that_stands_twice_no_row_counts(staff: None, hr_list: HrList) -> None:
    done = import_employees(feed=hr_list("alice,,,,,left", *STAFF, "E9,x,manager,990101,,", "e9,x,manager,990101,,"))
    assert done.run.reasons == {"repeated_number": 4}
    assert told(done) == []
    assert [line.split(",")[0] for line in report_of(done)] == ["2", "3", "7", "8", ""]


@pytest.mark.parametrize("row", ["a,b", ",x,salesperson,990101,N1,", f"{'9' * 33},x,salesperson,990101,N1,"])
def test_while_a_row_names_nobody_nobody_leaves_by_absence(staff: None, hr_list: HrList, row: str) -> None:
    done = import_employees(feed=hr_list(ALICE, "bob,,,,,left", row))
    assert done.nameless == 1
    assert told(done) == [("leaves", "bob", "marked")]
    assert {"charlie", "mei"} <= active()


def test_of_a_partial_list_nobodys_absence_counts(staff: None, hr_list: HrList) -> None:
    done = import_employees(feed=hr_list("bob,left", header="employee_no,state"), partial=True)
    assert told(done) == [("leaves", "bob", "marked")]


def test_what_the_list_has_no_column_for_stays(staff: None, town: Town, hr_list: HrList) -> None:
    rows = [f"{number},{number},{role}" for number, role in
            (("alice", ""), ("bob", "manager"), ("charlie", "销售"), ("mei", "小微经理"))]  # fmt: skip
    done = import_employees(feed=hr_list(*rows, header="employee_no,name,role"))
    assert told(done) == [("moves", "bob", "role salesperson → manager")]
    assert Employee.objects.get(employee_no="bob").store == town.north_store


def test_an_empty_store_is_none_and_the_region_follows_a_new_one(staff: None, town: Town, hr_list: HrList) -> None:
    done = import_employees(feed=hr_list("alice,alice,,,,", "bob,bob,,,S1,", *STAFF[2:]))
    assert told(done) == [
        ("moves", "alice", "store N1 → none"),
        ("moves", "bob", "region 990101 → 990102, store N1 → S1"),
    ]
    assert Employee.objects.get(employee_no="alice").region == town.north


def test_columns_and_roles_have_hrs_own_words(staff: None, hr_list: HrList) -> None:
    feed = hr_list(
        *(f"{number},{number},{role}" for number, role in
          (("alice", "导购"), ("bob", "店长"), ("charlie", "导购"), ("mei", "店长"))),
        header="工号,姓名,岗位", roles={"导购": "salesperson", "店长": "manager"},
        工号="employee_no", 姓名="name", 岗位="role",
    )  # fmt: skip
    assert told(import_employees(feed=feed)) == [("moves", "bob", "role salesperson → manager")]


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("employee_no,name", "no column for role"),
        ("name,role", "no column for employee_no"),
    ],
)
def test_a_list_without_a_needed_column_is_refused(staff: None, hr_list: HrList, header: str, sentence: str) -> None:
    with pytest.raises(EmployeesNotImported, match=sentence):
        import_employees(feed=hr_list("alice,x", header=header))
    assert "alice" in active()


def test_an_empty_list_is_refused(staff: None, hr_list: HrList) -> None:
    with pytest.raises(EmployeesNotImported, match="no rows"):
        import_employees(feed=hr_list())
    assert not ImportRun.objects.exists()


def test_words_that_cannot_be_meant_are_refused(hr_list: HrList) -> None:
    with pytest.raises(EmployeesNotImported, match="no field colour"):
        hr_list("x", x="colour")
    with pytest.raises(EmployeesNotImported, match="no role king"):
        hr_list("x", roles={"x": "king"})


@pytest.mark.parametrize(
    ("active_now", "leaving", "is_refused"),
    [(4, 2, False), (4, 3, True), (40, 20, False), (40, 21, True), (300, 30, False), (300, 31, True)],
)
def test_a_list_with_too_many_leavers_is_refused_until_they_are_counted(
    db: None, town: Town, root: Employee, hr_list: HrList, active_now: int, leaving: int, is_refused: bool
) -> None:
    Employee.objects.bulk_create(
        Employee(employee_no=f"E{n}", name="x", region=town.north, role="salesperson") for n in range(active_now)
    )
    feed = hr_list(*(f"E{n},x,salesperson,990101,," for n in range(leaving, active_now)))
    planned = import_employees(feed=feed, dry_run=True)
    assert bool(planned.refusal) == is_refused
    assert planned.run.notes == {"leaves": leaving}
    if is_refused:
        with pytest.raises(EmployeesNotImported, match=f"--allow-leavers {leaving}"):
            import_employees(feed=feed)
        with pytest.raises(EmployeesNotImported):
            import_employees(feed=feed, allow_leavers=leaving - 1)
        assert len(active()) == active_now + 1
    import_employees(feed=feed, allow_leavers=leaving if is_refused else 0)
    assert len(active()) == active_now + 1 - leaving


def test_a_dry_run_says_all_and_changes_nothing(staff: None, erin: Employee, hr_list: HrList) -> None:
    feed = hr_list(
        "alice,爱丽,salesperson,990102,N1,", BOB, MEI, "E9,x,manager,990101,,", "E8,x,king,,,", "erin,erin,,,N1,"
    )
    before = list(Employee.objects.order_by("pk").values())
    planned = import_employees(feed=feed, dry_run=True)
    assert list(Employee.objects.order_by("pk").values()) == before
    assert not ImportRun.objects.exists()
    assert {line.what for line in planned.told} == {What.JOINS, What.MOVES, What.LEAVES, What.WAITS}
    done = import_employees(feed=feed)
    assert told(done) == told(planned)
    assert report_of(done) == report_of(planned)
    assert counts(done.run) == counts(planned.run) == (1, 1, 3, 1)


def test_an_older_list_than_the_last_one_is_refused(staff: None, hr_list: HrList) -> None:
    header = "employee_no,name,role,region,store,state,as_of"
    rows = [f"{row},{{}}" for row in STAFF]

    def dated(day: str) -> Feed:
        return hr_list(*(row.format(day) for row in rows), header=header)

    assert import_employees(feed=dated("2026-03-02")).run.as_of == date(2026, 3, 2)
    import_employees(feed=dated("2026-03-02"))
    with pytest.raises(EmployeesNotImported, match="of 2026-03-01, and one of 2026-03-02 was applied"):
        import_employees(feed=dated("2026-03-01T23:59:59"))
    import_employees(feed=dated("2026-03-01"), as_of=date(2026, 3, 3))
    with pytest.raises(EmployeesNotImported, match="in the future"):
        import_employees(feed=dated("2126-03-01"))
    assert import_employees(feed=dated("yesterday")).run.reasons == {"bad_date": 4}


@pytest.mark.parametrize(
    ("told", "written", "said", "made"),
    [
        ("", "2026-03-01T02:00+08:00", "", "2026-03-01T02:00+08:00"),
        # A day without a time means its end, unless the file was written before
        ("2026-03-01", "2026-03-05T02:00+08:00", "", "2026-03-01T23:59:59.999999+08:00"),
        ("2026-03-01", "2026-03-01T02:00+08:00", "", "2026-03-01T02:00+08:00"),
        ("2026-03-01", "2026-02-28T23:00+08:00", "", "2026-02-28T23:00+08:00"),
        ("2026-03-01T01:30", "2026-03-01T02:00+08:00", "", "2026-03-01T01:30+08:00"),
        ("2026-03-01 01:30:00", "2026-03-01T02:00+08:00", "", "2026-03-01T01:30+08:00"),
        ("2026-02-28T17:30Z", "2026-03-01T02:00+08:00", "", "2026-03-01T01:30+08:00"),
        ("2026-03-01 in the morning", "2026-03-05T02:00+08:00", "", "2026-03-01T23:59:59.999999+08:00"),
        # Somebody who says the day knows better than list and file, but for the time
        ("2026-03-01", "2026-03-05T02:00+08:00", "2026-03-03", "2026-03-03T23:59:59.999999+08:00"),
        ("", "2026-03-01T02:00+08:00", "2026-03-03", "2026-03-03T23:59:59.999999+08:00"),
        ("", "2026-02-28T17:00+00:00", "2026-03-01", "2026-03-01T01:00+08:00"),
    ],
)
def test_when_a_list_was_made(staff: None, hr_list: HrList, told: str, written: str, said: str, made: str) -> None:
    feed = hr_list(*(f"{row},{told}" for row in STAFF), header="employee_no,name,role,region,store,state,as_of")
    at = datetime.fromisoformat(written).timestamp()
    os.utime(feed.address, (at, at))
    run = import_employees(feed=feed, as_of=date.fromisoformat(said) if said else None).run
    run.refresh_from_db()
    assert run.made_at == datetime.fromisoformat(made)


def test_a_list_of_today_is_not_made_later_than_now(staff: None, hr_list: HrList) -> None:
    feed = hr_list(*STAFF)
    past = (timezone.now() - timedelta(days=3)).timestamp()
    os.utime(feed.address, (past, past))
    before = timezone.now()
    run = import_employees(feed=feed, as_of=timezone.localdate()).run
    assert run.made_at
    assert before <= run.made_at <= timezone.now()


@pytest.mark.parametrize(
    ("told", "reasons"),
    [("2026-13-01", {"bad_date": 1}), ("01/03/2026", {"bad_date": 1}), ("0001-01-01T00:00:00+14:00", {})],
)
def test_a_time_that_is_none_is_refused(staff: None, hr_list: HrList, told: str, reasons: dict[str, int]) -> None:
    rows = (f"{ALICE},{told}", *(f"{row}," for row in STAFF[1:]))
    feed = hr_list(*rows, header="employee_no,name,role,region,store,state,as_of")
    assert import_employees(feed=feed).run.reasons == reasons


def test_a_list_without_a_date_is_no_newer_than_its_file(staff: None, hr_list: HrList) -> None:
    feed = hr_list(*STAFF)
    import_employees(feed=feed)
    past = (timezone.now() - timedelta(days=3)).timestamp()
    os.utime(feed.address, (past, past))
    with pytest.raises(EmployeesNotImported, match="was applied"):
        import_employees(feed=feed)


def test_a_broken_apply_leaves_nothing_half_done(staff: None, hr_list: HrList, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(module, "disable_employee", fail)
    with pytest.raises(RuntimeError):
        import_employees(feed=hr_list("E9,x,manager,990101,,", "alice,x,salesperson,990102,S1,", BOB, CHARLIE))
    assert active() == {"alice", "bob", "charlie", "mei", "root"}
    assert Employee.objects.get(employee_no="alice").name == "alice"
    assert not ImportRun.objects.exists()


def test_phones_and_names_in_wrong_columns_reach_no_report(staff: None, hr_list: HrList) -> None:
    for number in ("15412345678", "015412345678", "154-1234-5678"):
        rows = (f"{number},x,孙一,{number},N1,", f"E9,x,manager,{number},,")
        done = import_employees(feed=hr_list(*STAFF, *rows))
        assert "5678" not in Path(done.run.report).read_text()
        assert "孙一" not in Path(done.run.report).read_text()
    assert done.run.refused == 2


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["alice", "bob", "mei", "root", "erin", "E1", "E2", "", "Alice"]),
        st.sampled_from(["x", "alice", ""]),
        st.sampled_from(["salesperson", "manager", "administrator", "king", ""]),
        st.sampled_from(["990101", "990102", "999999", ""]),
        st.sampled_from(["N1", "S1", "X1", ""]),
        st.sampled_from(["", "active", "left", "?"]),
    ),
    min_size=1,
    max_size=7,
)


@pytest.mark.django_db
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS)
def test_whatever_the_list_a_second_time_changes_nothing_and_rows_add_up(
    staff: None, erin: Employee, hr_list: HrList, rows: list[tuple[str, ...]]
) -> None:
    feed = hr_list(*map(",".join, rows))
    first = import_employees(feed=feed, allow_leavers=9)
    after = list(Employee.objects.order_by("pk").values())
    second = import_employees(feed=feed, allow_leavers=9)
    assert list(Employee.objects.order_by("pk").values()) == after
    assert {line.what for line in second.told} <= {What.WAITS}
    for run in (first.run, second.run):
        assert run.rows == len(rows) == sum(counts(run))
    assert "erin" not in active()
    assert Employee.objects.filter(role=Role.ADMINISTRATOR).count() == 1
