from dataclasses import dataclass

from django.db import transaction

from members.errors import UnknownMember
from members.models import Member
from members.public_id import NotAPublicId, member_id
from members.queries.consent_history import stands_for
from members.queries.reads_about import reads_about
from salesapp.staff.actions.allow_look_up import allow_look_up
from salesapp.staff.actions.record_read import record_read
from salesapp.staff.models import AccessEntry, Employee
from salesapp.staff.queries.access_search import sealed_until
from salesapp.staff.queries.reads_of_member import reason_of

MOST_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Export:
    """Columns and rows of texts; ``cut`` says that older entries were left out."""

    columns: list[str]
    rows: list[list[str]]
    cut: bool


def export_reads(*, by: Employee, member: str, why: str, full: bool) -> Export:
    """All entries about whom this public id stands for, the newest first; the export is on record itself.

    The member's copy says of employees role and store; the ``full`` one, for the officer, who it was. Counts as a
    look-up. Raises UnknownMember, LookUpsHeld, TooManyRequests, LimiterUnavailable.
    """
    allow_look_up(by=by)
    try:
        subject = stands_for(member_id(member.strip()))
    except NotAPublicId:
        raise UnknownMember from None
    if not Member.objects.filter(pk=subject).exists():
        raise UnknownMember
    with transaction.atomic():
        record_read(by=by, reason=why, member_id=subject, search=f"export: {'full' if full else 'copy for the member'}")
        found = list(reads_about(subject)[: MOST_ENTRIES + 1])
        sealed, _at = sealed_until()
    rows = [_full(entry, sealed) if full else _copy(entry) for entry in found[:MOST_ENTRIES]]
    columns = ["at", "role", "store", "reason"]
    if full:
        columns = ["entry", *columns, "store_code", "employee_no", "name", "search", "sealed"]
    return Export(columns, rows, cut=len(found) > MOST_ENTRIES)


def _copy(entry: AccessEntry) -> list[str]:
    store = entry.store.name if entry.store else ""
    return [entry.at.isoformat(timespec="seconds"), entry.employee.get_role_display(), store, reason_of(entry)]


def _full(entry: AccessEntry, sealed: int) -> list[str]:
    code = entry.store.code if entry.store else ""
    return [
        str(entry.pk), *_copy(entry), code, entry.employee.employee_no, entry.employee.name, entry.search,
        "yes" if entry.pk <= sealed else "no",
    ]  # fmt: skip
