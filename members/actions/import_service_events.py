from collections.abc import Iterator, Mapping
from pathlib import Path

from django.db import connection, transaction
from django.utils import timezone

from geo.intake import Doing, Progress, Report, Row, Step
from geo.models import ImportRun
from geo.sql import load
from members.index_key import steady_hashes
from members.intake import (
    BadValue,
    Fields,
    batches,
    check_system,
    copy_rows,
    member_reference,
    publish_for_members,
    read_day,
    read_key,
    read_rows,
    shown,
)
from members.models import Category, ServiceEvent
from members.phone import canonical_numbers

FIELDS = Fields(
    names=("key", "phone", "member_key", "kind", "category", "happened_on"),
    needed=(("key",), ("phone", "member_key"), ("kind",), ("happened_on",)),
)
_STAGED_TYPES = ("int4", "text", "bytea", "text", "text", "int8", "date")
_KINDS = {
    "repair": ServiceEvent.Kind.REPAIR, "维修": ServiceEvent.Kind.REPAIR,
    "relocation": ServiceEvent.Kind.RELOCATION, "移机": ServiceEvent.Kind.RELOCATION,
    "搬家": ServiceEvent.Kind.RELOCATION,
    "renovation": ServiceEvent.Kind.RENOVATION, "装修": ServiceEvent.Kind.RENOVATION,
}  # fmt: skip


def import_service_events(
    *, path: Path, system: str, columns: Mapping[str, str] | None = None, progress: Progress = lambda _step: None
) -> ImportRun:
    """Load a file of repairs, moves and renovations, each under the member who has the phone or the record.

    The same event again is left as it is; a corrected one is updated; one that is on file under another
    member is refused (key_of_another_member). Of a member whose number was erased and who registered afresh,
    events count from the day after the erasure on.

    Rows are refused as broken_line, wrong_encoding, no_key, bad_key, repeated_key, no_phone, bad_phone,
    unknown_member, erased, bad_kind, unknown_category (by code), bad_date, future_date or key_of_another_member; the
    report shows of their values no more than codes and dates.

    One transaction: after an error nothing is loaded. Imports of events of one system wait for each other.
    Raises ImportCannotStart and geo's UnreadableFile.
    """
    check_system(system)
    with (
        Report("service_events", path, system) as report,
        transaction.atomic(),
        steady_hashes(),
        connection.cursor() as cursor,
    ):
        cursor.execute(load("members", "import_service_events/stage"))
        reader = _Reader(report)
        rows = read_rows(path, fields=FIELDS, columns=columns or {}, report=report, progress=progress)
        for batch in batches(rows):
            copy_rows(cursor, load("members", "import_service_events/copy"), _STAGED_TYPES, reader.read(batch))
        progress(Step(Doing.MATCHING, report.rows))
        publish_for_members(cursor, report, folder="import_service_events", system=system, staged=reader.staged)
        return report.save()


class _Reader:
    """Rows of the file into rows of the staging table."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.today = timezone.localdate()
        self.categories = dict(Category.objects.values_list("code", "id"))
        self.staged = 0

    def read(self, batch: list[tuple[Row, list[str]]]) -> Iterator[tuple[object, ...]]:
        numbers = canonical_numbers(values[1] for _row, values in batch)
        for (row, values), number in zip(batch, numbers, strict=True):
            try:
                staged = self._read_row(row.line, values, number)
            except BadValue as bad:
                self.report.refuse(row.line, bad.reason, bad.detail)
            else:
                self.staged += 1
                yield staged

    def _read_row(self, line: int, values: list[str], number: str | None) -> tuple[object, ...]:
        key, phone, member_key, kind, category, happened_on = values
        key = read_key(key)
        bidx, member_key_or_none = member_reference(phone, number, member_key)
        if kind.lower() not in _KINDS:
            raise BadValue("bad_kind")
        category_id = self.categories.get(category) if category else None
        if category and category_id is None:
            raise BadValue("unknown_category", shown(category))
        happened = read_day(happened_on, today=self.today)
        return line, key, bidx, member_key_or_none, _KINDS[kind.lower()], category_id, happened
