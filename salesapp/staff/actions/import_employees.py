import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import structlog
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from geo.intake import Report, Row
from geo.models import ImportRun, Region
from geo.phone_like import holds_number
from salesapp.staff.actions.disable_employee import disable_employee
from salesapp.staff.errors import EmployeesNotImported
from salesapp.staff.hr_feed import FIELDS, Feed
from salesapp.staff.models import Employee, Store
from salesapp.staff.permissions import Role

log = structlog.get_logger(__name__)

# A longer list of leavers is more likely half a file: a tenth of the staff, and 20 or half of a small one
SHARE, FEW = 10, 20
# In the notes of a run: it did not tell of everybody whether they have left, so it is none that HR_FEED_HOURS asks for
NOT_WHOLE = "not_whole"
# Refused before it is known whether the row says that its employee has left
_SAYS_NOTHING = {"repeated_number", "other_case", "bad_date", "bad_state"}
_NEEDED = ("employee_no", "name", "role")
_ACTIVE = {
    "": True, "active": True, "yes": True, "true": True, "1": True, "在职": True,
    "left": False, "no": False, "false": False, "0": False, "离职": False,
}  # fmt: skip
_ROLES = {"销售": Role.SALESPERSON, "小微经理": Role.MANAGER} | {role.value: role for role in Role}
# They see more than a region, so the admin alone decides who is one
_OFFICE = {Role.ADMINISTRATOR, Role.PRIVACY_OFFICER}

_Found = TypeVar("_Found")
_harmless_code = re.compile(r"[A-Za-z0-9._-]{1,32}").fullmatch


class What(StrEnum):
    """What became of an employee, as the report has it."""

    JOINS = "joins"
    MOVES = "moves"
    RENAMED = "renamed"
    LEAVES = "leaves"
    WAITS = "waits"  # active in the list, disabled here


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the report. ``line`` is the list's, None for an employee whom it does not have.

    ``changes`` are (role, region or store; its code before, None for who joins; its code now), names left out.
    """

    what: What
    employee_no: str
    detail: str
    line: int | None
    changes: Sequence[tuple[str, str | None, str]] = ()


@dataclass(frozen=True, slots=True)
class Reconciled:
    """``run`` is not stored after a dry run, and ``refusal`` says then what the real one would be refused for."""

    run: ImportRun
    told: Sequence[Told]
    nameless: int  # rows that name nobody: with one of them nobody's absence was counted
    untold: int  # rows that do not tell whether their employee has left
    refusal: str

    @property
    def is_overdue(self) -> bool:
        """Made longer than HR_FEED_HOURS ago: who has left since, it does not tell, and it lets nobody in."""
        made_at = self.run.made_at
        return bool(made_at and made_at < timezone.now() - timedelta(hours=settings.HR_FEED_HOURS))


def import_employees(
    *, feed: Feed, partial: bool = False, dry_run: bool = False, allow_leavers: int = 0, as_of: date | None = None
) -> Reconciled:
    """Make the staff what HR's list says: who joins, who moves, who leaves.

    - Who is new joins without a password; an administrator sets the first (admin, or `manage.py changepassword`).
    - Another name, role, region or store is taken over. Sign-ins stay: each request reads the employee's row, so the
      new rights hold at the next one, and a sign-in without the second step is refused there where the new role needs
      it. An empty name, role or region takes nothing away, an empty store does; where the region is not said, it
      follows a new store.
    - Who is marked as left, or is not in a list that is not ``partial``, is disabled: tokens and sessions are refused
      from the next request on. Administrators do not leave by absence, and while a row names nobody, nobody does.
    - A list with a row that names nobody, or does not tell whether its employee has left (repeated_number, other_case,
      bad_date, bad_state), is not one of those that HR_FEED_HOURS asks for.
    - Who is disabled here stays so, whatever the list says: only an administrator lets in again ("waits").

    Rows are refused as broken_line, wrong_encoding, no_number, bad_number, repeated_number (all of them), other_case
    (a number on file but for capitals), no_name, bad_name, no_role, unknown_role, office_role (who is an administrator
    or privacy officer is decided in the admin), no_region, unknown_region, unknown_store, bad_state or bad_date. An
    employee whose row is refused stays as before.

    One transaction: all of it or nothing, and nothing with ``dry_run``. Raises EmployeesNotImported for a list that
    cannot be read, is empty, is older than the last one applied (by ``as_of``, else its own as_of, else the file's
    last change: they say as well when it was made, which HR_FEED_HOURS are counted from), or would disable more than a
    tenth of the staff, more than ``allow_leavers`` and more than 20 or half.
    """
    rows, written_at = feed.read()
    source = "ldap" if feed.is_directory else ""
    with Report(ImportRun.Kind.EMPLOYEES, Path(feed.name), source) as report, transaction.atomic():
        _only_one_at_a_time()
        plan = _Plan(report, feed)
        plan.read(rows, is_partial=partial)
        if (plan.nameless or plan.untold) and not partial:
            report.tell(None, NOT_WHOLE, plan.why_not_whole())
        report.as_of, report.made_at = _time_of_list(as_of, plan.times, written_at)
        refusal = plan.too_many_leavers(allow_leavers)
        if refusal and not dry_run:
            raise EmployeesNotImported(refusal, "many_leavers")
        if dry_run:
            return Reconciled(report.run(), plan.told, plan.nameless, plan.untold, refusal)
        plan.apply()
        if partial:
            report.notes["partial"] = 1  # tells nothing about who is not in it
        run = report.save()
    log.info("employees_imported", run=run.pk, **run.notes, refused=run.refused)
    return Reconciled(run, plan.told, plan.nameless, plan.untold, "")


def _only_one_at_a_time() -> None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended('import:employees', 0))")


def _time_of_list(said: date | None, told: Sequence[datetime], written_at: datetime) -> tuple[date, datetime]:
    """The list's day, and when it was made at the latest: as somebody says, else the list itself, else its file.

    Raises EmployeesNotImported for a day of the future, and for one before that of the last list.
    """
    day = said or timezone.localdate(max(told, default=written_at))
    if not said:
        made_at = min(max(told, default=written_at), written_at)
    elif said == timezone.localdate(written_at):
        made_at = written_at
    else:
        made_at = _end_of(said)
    if day > timezone.localdate():
        raise EmployeesNotImported("the list is dated in the future; say its true date with --as-of", "future_list")
    applied = ImportRun.objects.filter(kind=ImportRun.Kind.EMPLOYEES).aggregate(Max("as_of"))["as_of__max"]
    if applied and day < applied:
        raise EmployeesNotImported(
            f"the list is of {day}, and one of {applied} was applied; if its date is wrong, say the right one with"
            " --as-of",
            "older_list",
        )
    return day, min(made_at, timezone.now())


class _BadRow(Exception):
    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.reason, self.detail = reason, detail


@dataclass(slots=True)
class _Plan:
    """The staff as it is, and what the rows make of it."""

    report: Report
    feed: Feed
    times: list[datetime] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    nameless: int = 0
    untold: int = 0
    joins: list[Employee] = field(default_factory=list)
    changes: list[tuple[Employee, dict[str, object]]] = field(default_factory=list)
    leavers: list[Employee] = field(default_factory=list)
    employees: dict[str, Employee] = field(default_factory=lambda: {e.employee_no: e for e in Employee.objects.all()})
    regions: dict[str, int] = field(default_factory=lambda: dict(Region.objects.values_list("code", "pk")))
    stores: dict[str, Store] = field(
        default_factory=lambda: {store.code: store for store in Store.objects.only("code", "region_id")}
    )
    folded: set[str] = field(init=False)
    roles: dict[str, Role] = field(init=False)
    codes: dict[str, dict[object, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.folded = {number.casefold() for number in self.employees}
        self.roles = _ROLES | {word.casefold(): Role(role) for word, role in self.feed.roles.items()}
        self.codes = {
            "role": {role: role.value for role in Role},
            "region_id": {pk: code for code, pk in self.regions.items()},
            "store_id": {store.pk: code for code, store in self.stores.items()},
        }

    def read(self, rows: Sequence[Row], *, is_partial: bool) -> None:
        """Decide about every row, then about those who are in none. Raises EmployeesNotImported."""
        named = list(self._named(rows, is_partial=is_partial))
        counted = Counter(said["employee_no"].casefold() for _line, said in named)
        for line, said in named:
            number = said["employee_no"]
            try:
                if counted[number.casefold()] > 1:
                    raise _BadRow("repeated_number")
                self._take(line, said)
            except _BadRow as bad:
                self.untold += bad.reason in _SAYS_NOTHING
                self.report.refuse(line, bad.reason, " ".join(filter(None, map(_shown, (number, bad.detail)))))
        if not is_partial and not self.nameless:
            for number, employee in self.employees.items():
                if employee.is_active and employee.role != Role.ADMINISTRATOR and number.casefold() not in counted:
                    self._leave(employee, None, "absent")

    def _named(self, rows: Sequence[Row], *, is_partial: bool) -> Iterator[tuple[int, dict[str, str]]]:
        """(line, {field: value}) of the rows that name somebody, with the fields that the list has."""
        column_of: dict[str, str] = {}
        if not rows:
            raise EmployeesNotImported("the list has no rows", "no_rows")
        for row in rows:
            self.report.rows += 1
            if not row.broken and not column_of:
                column_of = self._columns(row.values, _NEEDED[:1] if is_partial else _NEEDED)
            said = {name: row.values.get(column, "") for name, column in column_of.items()}
            reason = row.broken or _wrong_with(said["employee_no"])
            if not reason:
                yield row.line, said
                continue
            self.nameless += 1
            self.report.refuse(row.line, reason)

    def _columns(self, present: Mapping[str, str], needed: Sequence[str]) -> dict[str, str]:
        """{field: column} of the fields that the list has. Its own columns are not named: they may be values."""
        if absent := sorted(set(self.feed.columns) - set(present)):
            raise EmployeesNotImported(f"the list has no column {', '.join(absent)}", "missing_column")
        renamed = {name: column for column, name in self.feed.columns.items()}
        column_of = {name: renamed.get(name, name) for name in FIELDS if renamed.get(name, name) in present}
        if missing := [name for name in needed if name not in column_of]:
            raise EmployeesNotImported(
                f"the list has no column for {', '.join(missing)}; name it with --map COLUMN={missing[0]}",
                "missing_column",
            )
        return column_of

    def _take(self, line: int, said: Mapping[str, str]) -> None:
        number = said["employee_no"]
        employee = self.employees.get(number)
        if not employee and number.casefold() in self.folded:
            raise _BadRow("other_case")
        if said.get("as_of"):
            self.times.append(_time(said["as_of"]))
        if not self._is_active(said):
            if employee and employee.is_active:
                self._leave(employee, line, "marked")
                self.report.merged += 1
            else:
                self.report.unchanged += 1
        elif employee:
            self._keep(employee, line, self._wanted(said, employee))
        else:
            self._join(number, line, self._wanted(said, None))

    def _is_active(self, said: Mapping[str, str]) -> bool:
        try:
            return _ACTIVE[said.get("state", "").casefold()]
        except KeyError:
            raise _BadRow("bad_state") from None

    def _wanted(self, said: Mapping[str, str], employee: Employee | None) -> dict[str, object]:
        """What the row wants of name, role, region and store. Raises _BadRow."""
        wanted: dict[str, object] = {}
        if name := said.get("name", ""):
            if len(name) > 40 or not name.isprintable():
                raise _BadRow("bad_name")
            wanted["name"] = name
        elif not employee:
            raise _BadRow("no_name")
        role = self._role(said.get("role", ""), employee)
        wanted["role"] = role
        store = _find(self.stores, said.get("store", ""), "unknown_store")
        if "store" in said:
            wanted["store_id"] = store.pk if store else None
        region = _find(self.regions, said.get("region", ""), "unknown_region")
        if not region and store and (not employee or employee.store_id != store.pk):
            region = store.region_id
        region = region or (employee.region_id if employee else None)
        if not region and role not in _OFFICE:
            raise _BadRow("no_region")
        wanted["region_id"] = region
        return wanted

    def _role(self, text: str, employee: Employee | None) -> Role:
        now = Role(employee.role) if employee else None
        if not text and not now:
            raise _BadRow("no_role")
        role = self.roles.get(text.casefold()) if text else now
        if not role:
            raise _BadRow("unknown_role", text)
        if role != now and {role, now} & _OFFICE:
            raise _BadRow("office_role", text)
        return role

    def _join(self, number: str, line: int, wanted: dict[str, object]) -> None:
        self.joins.append(Employee(employee_no=number, password=make_password(None), **wanted))
        self.report.created += 1
        self._tell(What.JOINS, number, line, self._changes(wanted, {}))

    def _keep(self, employee: Employee, line: int, wanted: dict[str, object]) -> None:
        changed = {name: value for name, value in wanted.items() if getattr(employee, name) != value}
        if changed:
            self.changes.append((employee, changed))
            self.report.merged += 1
            before = {name: getattr(employee, name) for name in changed}
            what = What.RENAMED if changed.keys() == {"name"} else What.MOVES
            self._tell(what, employee.employee_no, line, self._changes(changed, before))
        else:
            self.report.unchanged += 1
        if not employee.is_active:
            self._tell(What.WAITS, employee.employee_no, line)

    def _leave(self, employee: Employee, line: int | None, why: str) -> None:
        self.leavers.append(employee)
        self._tell(What.LEAVES, employee.employee_no, line, why=why)

    def _changes(
        self, values: Mapping[str, object], before: Mapping[str, object]
    ) -> Sequence[tuple[str, str | None, str]]:
        return [
            (
                name.removesuffix("_id"),
                codes.get(before[name], "none") if before else None,
                codes.get(values[name], "none"),
            )
            for name, codes in self.codes.items()
            if name in values
        ]

    def _tell(
        self,
        what: What,
        number: str,
        line: int | None,
        changes: Sequence[tuple[str, str | None, str]] = (),
        *,
        why: str = "",
    ) -> None:
        words = (f"{name} {now}" if was is None else f"{name} {was} → {now}" for name, was, now in changes)
        detail = why or ", ".join(words)
        self.told.append(Told(what, number, detail, line, changes))
        self.report.tell(line, what.value, " ".join(filter(None, (_shown(number), detail))))

    def why_not_whole(self) -> str:
        why = []
        if self.nameless:
            why.append(f"{self.nameless} rows name nobody: who is absent stays")
        if self.untold:
            why.append(f"{self.untold} rows do not tell whether their employee has left")
        return "; ".join(why)

    def too_many_leavers(self, allowed: int) -> str:
        """Why that many are not disabled; empty where they may be."""
        staff = sum(e.is_active and e.role != Role.ADMINISTRATOR for e in self.employees.values())
        most = max(staff // SHARE, min(FEW, staff // 2))
        if len(self.leavers) <= max(most, allowed):
            return ""
        return (
            f"the list would disable {len(self.leavers)} of {staff} employees, and at most {most} leave without being"
            f" counted first: look at --dry-run, then say --allow-leavers {len(self.leavers)}"
        )

    def apply(self) -> None:
        Employee.objects.bulk_create(self.joins, batch_size=1_000)
        for employee, changed in self.changes:
            Employee.objects.filter(pk=employee.pk).update(**changed)
        for employee in self.leavers:
            disable_employee(employee=employee, by=None)


def _find(known: Mapping[str, _Found], code: str, reason: str) -> _Found | None:
    if code and code not in known:
        raise _BadRow(reason, code)
    return known.get(code)


def _wrong_with(number: str) -> str:
    if not number:
        return "no_number"
    return "" if len(number) <= 32 and number.isprintable() else "bad_number"


def _time(text: str) -> datetime:
    """2026-11-01, perhaps with a time behind; without one that can be read it is the day's last moment."""
    try:
        return _end_of(date.fromisoformat(text))
    except ValueError:
        pass
    try:
        told = datetime.fromisoformat(text)
        return timezone.localtime(told if told.tzinfo else timezone.make_aware(told))
    except (ValueError, OverflowError):
        pass
    try:
        return _end_of(date.fromisoformat(text[:10]))
    except ValueError:
        raise _BadRow("bad_date") from None


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time.max, timezone.get_current_timezone())


def _shown(code: str) -> str:
    """A number or code for the report: empty where it may be a phone number or a name from a column beside it."""
    return code if _harmless_code(code) and not holds_number(code) else ""
