import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.utils import timezone

from geo.intake import Doing, Progress, Report, Row, Step
from geo.matching.address_library import AddressLibrary, Located, Why
from geo.models import ImportRun
from geo.sql import load
from members.household import household_of
from members.index_key import steady_hashes
from members.intake import (
    BATCH_ROWS,
    BadValue,
    Fields,
    batches,
    check_system,
    copy_rows,
    next_ids,
    no_search_for_cycles,
    only_one_at_a_time,
    read_day,
    read_key,
    read_rows,
    record_hashes,
    refuse_lines,
)
from members.masking import split_name, title_of
from members.models import IdentityLink, Member, SourceRecord
from members.phone import canonical_numbers
from members.vault import contact_place, decrypt, encrypt, encrypt_all, keyed_hash, keyed_hashes

FIELDS = Fields(
    names=(
        "key", "phone", "name", "title", "gender", "address", "city", "district", "community", "house",
        "member_since", "email",
    ),
    needed=(("key",), ("phone",)),
)  # fmt: skip
_STAGED_TYPES = (
    "int4", "text", "int8", "int8", "bytea", "bytea", "bytea", "bytea", "bytea", "bytea", "bytea",
    "text", "text", "int8", "int8", "date",
)  # fmt: skip


_as_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class MembersImported:
    """``addresses``: rows by "located" or the reason why not, empty where the file has no address column.

    ``emails``: rows whose e-mail address was not stored, by reason (bad_email, of_another_member).
    """

    run: ImportRun
    addresses: Counter[str]
    emails: Counter[str]


def import_members(
    *, path: Path, system: str, columns: Mapping[str, str] | None = None, progress: Progress = lambda _step: None
) -> MembersImported:
    """Load a file of people of one source system: record, person, phone number and the link between them.

    One person per phone. A record seen before with the same content is left as it is, unless its address is
    found to be another place than the one on file: then it counts as changed. A changed one is replaced; with
    another phone it is linked to that phone's person, and the old link is closed and kept. The person's
    surname, title, community and household follow the record while it is the only one linked to them; of
    several, later ones only fill what is empty. An empty field takes nothing away, nor does an address that
    cannot be located. Member since is the earliest date of all records, today where none says. A second e-mail
    address is added, never exchanged; one that another member has stays theirs. A person who was erased is not
    filed again, by their phone, their e-mail address or a record that was theirs; who registered afresh since gets no
    record but of a member since a later day. The old phone of a record stays with the person it was linked to.

    Rows are refused as broken_line, wrong_encoding, no_key, bad_key, repeated_key, no_phone, bad_phone,
    bad_date, future_date or erased; the report names lines, never values.

    One transaction: after an error nothing is loaded. Imports of members wait for each other. Raises
    ImportCannotStart, geo's UnreadableFile, and NoDataKey where contact values cannot be encrypted.
    """
    check_system(system)
    encrypt(b"", "")  # no data key: better now than after reading
    with (
        Report("members", path, system) as report,
        transaction.atomic(),
        steady_hashes(),
        connection.cursor() as cursor,
    ):
        cursor.execute(load("members", "import_members/stage"))
        reader = _Reader(report=report, system=system)
        rows = read_rows(path, fields=FIELDS, columns=columns or {}, report=report, progress=progress)
        with no_search_for_cycles():
            for batch in batches(rows):
                # everything first: while it copies, the connection answers nothing (the address library asks it)
                record_ids = next_ids(cursor, SourceRecord._meta.db_table, len(batch))
                member_ids = next_ids(cursor, Member._meta.db_table, len(batch))
                staged = list(reader.read(batch, record_ids, member_ids))
                copy_rows(cursor, load("members", "import_members/copy"), _STAGED_TYPES, staged)
        progress(Step(Doing.MATCHING, report.rows))
        _publish(cursor, report, system, reader, progress)
        if set(reader.addresses) == {Why.EMPTY}:
            reader.addresses.clear()
        return MembersImported(report.save(), reader.addresses, reader.emails)


class _Reader:
    """Rows of the file into rows of the staging table."""

    def __init__(self, *, report: Report, system: str) -> None:
        self.report, self.system = report, system
        self.today = timezone.localdate()
        self.addresses: Counter[str] = Counter()
        self.emails: Counter[str] = Counter()
        self._library: AddressLibrary | None = None
        self.staged = 0

    def read(
        self, batch: list[tuple[Row, list[str]]], record_ids: list[int], member_ids: list[int]
    ) -> Iterator[tuple[object, ...]]:
        """The rows that are not refused. What costs most is done for all of them at once: hashes, ciphertexts."""
        numbers = canonical_numbers(values[1] for _row, values in batch)
        told: list[tuple[object, ...]] = []
        lines, keys, records, members, clears, phones = [], [], [], [], [], []
        for (row, values), number, record_id, member_id in zip(batch, numbers, record_ids, member_ids, strict=True):
            try:
                key, clear, person = self._read_row(row, values, number, member_id)
            except BadValue as bad:
                self.report.refuse(row.line, bad.reason)
                continue
            clears.append(clear)
            told.append(person)
            lines.append(row.line)
            keys.append(key)
            records.append(record_id)
            members.append(member_id)
            phones.append(str(number).encode())
        self.staged += len(told)
        record_places = [f"{self.system}:{key}:source_record.payload" for key in keys]
        columns = (
            lines, keys, records, members, keyed_hashes("phone", phones), record_hashes(self.system, keys),
            keyed_hashes("source_record", clears), encrypt_all(clears, record_places),
            encrypt_all(phones, map(contact_place, members)),
        )  # fmt: skip
        return (first + rest for first, rest in zip(zip(*columns, strict=True), told, strict=True))

    def _read_row(
        self, row: Row, values: list[str], number: str | None, member_id: int
    ) -> tuple[str, bytes, tuple[object, ...]]:
        """The key as stored, the payload, and what it tells of the person: the last columns of the staging table.

        Raises BadValue.
        """
        key, phone, name, title_text, gender, address, city, district, community, house, since, email = values
        key = read_key(key)
        if number is None:
            raise BadValue("bad_phone" if phone else "no_phone")
        member_since = read_day(since, today=self.today) if since else None
        try:
            clear = _as_json(row.values).encode()
        except UnicodeEncodeError:
            raise BadValue("wrong_encoding") from None
        surname, title = split_name(name)
        if title_text or gender:
            title = title_of(title_text or gender) or title
        community_id, household = self._locate(address, city, district, community, house)
        email_bidx, email_ciphertext = self._email(email, member_id) if email else (None, None)
        return key, clear, (email_bidx, email_ciphertext, surname, title, community_id, household, member_since)

    def _locate(
        self, address: str, city: str, district: str, community: str, house: str
    ) -> tuple[int | None, int | None]:
        """(community, household), each None where unknown; counts what came of the address."""
        if not address and not community:
            self.addresses[Why.EMPTY] += 1
            return None, None
        if self._library is None:
            self._library = AddressLibrary.load()
        spellings = [community + house] if community else []
        spellings += [address + house, address] if address and house else [address]
        best: Located | None = None
        reason = Why.EMPTY
        for spelling in filter(None, spellings):
            found = self._library.locate(spelling, city=city, district=district)
            if isinstance(found, Located):
                best = best or found
                if found.house:
                    best = found
                    break
            elif reason == Why.EMPTY:
                reason = found.reason
        if best is None:
            self.addresses[reason] += 1
            return None, None
        self.addresses["located"] += 1
        if not best.house:
            return best.community_id, None
        return best.community_id, household_of(community_id=best.community_id, house=best.house, member_id=0)

    def _email(self, text: str, member_id: int) -> tuple[bytes | None, bytes | None]:
        address = unicodedata.normalize("NFKC", text).lower()
        try:
            validate_email(address)
        except ValidationError:
            self.emails["bad_email"] += 1
            return None, None
        return keyed_hash("email", address), encrypt(address.encode(), contact_place(member_id))


def _publish(cursor: CursorWrapper, report: Report, system: str, reader: _Reader, progress: Progress) -> None:
    """From the staging table into the real ones, a statement a table."""

    def run(name: str, *parameters: str | date) -> int:
        cursor.execute(load("members", f"import_members/{name}"), parameters)
        return int(cursor.rowcount)

    moment = only_one_at_a_time(cursor, "members")
    cursor.execute("analyze members_in (line)")
    run("refuse_repeated")
    fresh = reader.staged - refuse_lines(cursor, report, "repeated_key")
    run("refuse_former", system, system)
    fresh -= refuse_lines(cursor, report, "erased")
    run("keep_communities")
    changed = run("resolve", system)
    cursor.execute("analyze members_resolved (line, is_new_record, is_new_member, is_erased)")
    run("refuse_erased")
    report.unchanged = fresh - changed
    changed -= refuse_lines(cursor, report, "erased")
    progress(Step(Doing.STORING, changed))
    cursor.execute("select count(*) from members_resolved where is_new_member")
    (people,) = cursor.fetchone()
    if run("insert_contact_points") < people:
        run("give_way")
    report.created = run("insert_members", reader.today)
    report.merged = changed - report.created
    run("insert_records", system, moment)
    run("update_records", moment)
    run("unlink", moment)
    run("link", IdentityLink.Reason.SAME_PHONE, moment)
    run("update_members")
    _store_emails(cursor, reader)


def _store_emails(cursor: CursorWrapper, reader: _Reader) -> None:
    """A value was encrypted for the person its row might have made; for another one it is encrypted again."""
    with connection.chunked_cursor() as staged:
        staged.execute(load("members", "import_members/emails"))
        while rows := staged.fetchmany(BATCH_ROWS):
            hashes, members, ciphertexts = [], [], []
            for bidx, ciphertext, made_for, member_id in rows:
                if made_for != member_id:
                    ciphertext = encrypt(decrypt(ciphertext, contact_place(made_for)), contact_place(member_id))
                hashes.append(bidx)
                members.append(member_id)
                ciphertexts.append(ciphertext)
            cursor.execute(load("members", "import_members/insert_emails"), [hashes, members, ciphertexts])
            if cursor.rowcount < len(rows):
                cursor.execute(load("members", "import_members/emails_of_others"), [hashes, members])
                (count,) = cursor.fetchone()
                if count:
                    reader.emails["of_another_member"] += count
