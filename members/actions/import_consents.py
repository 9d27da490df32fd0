import ipaddress
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from django.db import connection, transaction
from django.utils import timezone

from geo.intake import Progress, Report, Row, read_table
from geo.models import ImportRun
from geo.sql import load
from members.index_key import steady_hashes
from members.intake import (
    BadValue,
    Fields,
    batches,
    check_system,
    member_reference,
    only_one_at_a_time,
    read_key,
    read_moment,
    read_rows,
)
from members.models import Consent, ConsentWording
from members.phone import canonical_numbers

# Locked for about a quarter of a second: that long somebody who unsubscribes meanwhile may have to wait
BATCH_ROWS = 5_000
FIELDS = Fields(
    names=(
        "phone", "member_key", "channel", "purpose", "given", "said_at", "wording", "source",
        "record", "store", "form", "ip",
    ),
    needed=(("phone", "member_key"), ("channel",), ("given",), ("said_at",)),
)  # fmt: skip
_CHANNELS = {
    "sms": Consent.Channel.SMS, "短信": Consent.Channel.SMS,
    "email": Consent.Channel.EMAIL, "e-mail": Consent.Channel.EMAIL, "邮件": Consent.Channel.EMAIL,
    "push": Consent.Channel.PUSH, "app": Consent.Channel.PUSH,
    "wechat": Consent.Channel.WECHAT, "微信": Consent.Channel.WECHAT,
    "every": Consent.Channel.EVERY, "全部": Consent.Channel.EVERY, "": Consent.Channel.EVERY,
}  # fmt: skip
_PURPOSES = {
    "": Consent.Purpose.MARKETING, "marketing": Consent.Purpose.MARKETING, "营销": Consent.Purpose.MARKETING,
    "profiling": Consent.Purpose.PROFILING, "推算": Consent.Purpose.PROFILING, "画像": Consent.Purpose.PROFILING,
}  # fmt: skip
_GIVEN = {
    "yes": True, "1": True, "true": True, "同意": True,
    "no": False, "0": False, "false": False, "不同意": False, "撤回": False, "退订": False,
}  # fmt: skip
_SOURCES = {
    "": Consent.Source.IMPORT, "import": Consent.Source.IMPORT,
    "store": Consent.Source.STORE, "门店": Consent.Source.STORE,
    "form": Consent.Source.FORM, "表单": Consent.Source.FORM,
    "phone": Consent.Source.PHONE, "电话": Consent.Source.PHONE,
    "office": Consent.Source.OFFICE,
}  # fmt: skip

_Meaning = TypeVar("_Meaning")


def import_consents(
    *,
    path: Path,
    system: str,
    columns: Mapping[str, str] | None = None,
    progress: Progress = lambda _step: None,
    dry_run: bool = False,
) -> ImportRun:
    """Load a file of what members said about being written to, each row under who has the phone or the record.

    Rows are entries of the ledger like any other: what was said last counts, so an older yes undoes no withdrawal.
    A day without a time counts as its beginning for a yes and as its end for a no. A row that the ledger has (same
    member, channel, purpose, answer, moment and source) is unchanged, so the same file may be loaded again. Of a
    member whose number was erased and who registered afresh, yes and no count from the erasure on.

    Rows are refused as broken_line, wrong_encoding, no_phone, bad_phone, unknown_member, erased, bad_channel
    (also a yes to every channel, and a channel for profiling), bad_purpose, bad_given, bad_source, bad_date,
    future_date, unknown_wording (for that channel and purpose) or bad_evidence; the report names lines, and dates
    alone.

    Each 5,000 rows are a transaction: nobody who unsubscribes waits for a whole file. One that cannot be read to its
    end loads nothing; after an error of the database load the file again. With ``dry_run`` each of them is taken back,
    and the run that is returned is not stored; a row that stands twice in the file, further apart than that, then
    counts as created twice. Raises ImportCannotStart and geo's UnreadableFile.
    """
    check_system(system)
    with Report("consents", path, system) as report, connection.cursor() as cursor:
        for _row in read_table(path):  # to its end, before a first step is committed
            pass
        reader = _Reader(report)
        rows = read_rows(path, fields=FIELDS, columns=columns or {}, report=report, progress=progress)
        for batch in batches(rows, BATCH_ROWS):
            with transaction.atomic(), steady_hashes():
                entries = reader.read(batch)
                only_one_at_a_time(cursor, "consents")
                cursor.execute(load("members", "import_consents"), {"system": system, **_columns(entries)})
                unknown, erased, created = cursor.fetchone()
                transaction.set_rollback(dry_run)
            for line in unknown:
                report.refuse(line, "unknown_member")
            for line in erased:
                report.refuse(line, "erased")
            report.created += created
            report.unchanged += len(entries) - len(unknown) - len(erased) - created
        return report.run() if dry_run else report.save()


class _Entry(NamedTuple):
    """A readable row; the names are those of the statement's parameters, less the s."""

    line: int
    hash: bytes | None
    key: str | None
    channel: int
    purpose: int
    given: bool
    said: datetime
    wording: int | None
    source: str
    proof: str


def _columns(entries: Sequence[_Entry]) -> dict[str, list[object]]:
    return {f"{name}{'es' if name == 'hash' else 's'}": [getattr(e, name) for e in entries] for name in _Entry._fields}


class _Reader:
    def __init__(self, report: Report) -> None:
        self.report = report
        self.now = timezone.now()
        self.wordings = {wording.version: wording for wording in ConsentWording.objects.defer("text")}

    def read(self, batch: list[tuple[Row, list[str]]]) -> list[_Entry]:
        numbers = canonical_numbers(values[0] for _row, values in batch)
        entries = []
        for (row, values), number in zip(batch, numbers, strict=True):
            try:
                entries.append(self._read_row(row.line, values, number))
            except BadValue as bad:
                self.report.refuse(row.line, bad.reason, bad.detail)
        return entries

    def _read_row(self, line: int, values: list[str], number: str | None) -> _Entry:
        phone, member_key, channel_text, purpose_text, given_text, said_at, version, source_text, *proof = values
        bidx, key = member_reference(phone, number, member_key)
        channel = _meant(_CHANNELS, channel_text, "bad_channel")
        purpose = _meant(_PURPOSES, purpose_text, "bad_purpose")
        given = _meant(_GIVEN, given_text, "bad_given")
        is_every = channel == Consent.Channel.EVERY
        if not is_every if purpose == Consent.Purpose.PROFILING else is_every and given:
            raise BadValue("bad_channel")
        return _Entry(
            line, bidx, key, channel, purpose, given,
            read_moment(said_at, now=self.now, late=not given),
            self._wording(version, channel, purpose),
            _meant(_SOURCES, source_text, "bad_source"),
            _proof(*proof),
        )  # fmt: skip

    def _wording(self, version: str, channel: int, purpose: int) -> int | None:
        if not version:
            return None
        wording = self.wordings.get(version)
        if not wording or wording.purpose != purpose or wording.channel not in (Consent.Channel.EVERY, channel):
            raise BadValue("unknown_wording")
        return wording.pk


def _meant(words: Mapping[str, _Meaning], text: str, reason: str) -> _Meaning:
    try:
        return words[text.lower()]
    except KeyError:
        raise BadValue(reason) from None


def _proof(record: str, store: str, form: str, ip: str) -> str:
    """The evidence as JSON; what holds a phone number is kept as its hash, like keys."""
    try:
        proof = {name: read_key(text) for name, text in (("record", record), ("store", store), ("form", form)) if text}
        if ip:
            proof["ip"] = str(ipaddress.ip_address(ip))
    except (BadValue, ValueError):
        raise BadValue("bad_evidence") from None
    return json.dumps(proof)
