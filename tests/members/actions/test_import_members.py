import gzip
import logging
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidTag
from django.utils import timezone
from openpyxl import Workbook
from pyarrow import parquet, table

from geo.actions.import_communities import import_communities
from geo.intake import Doing, Step, UnreadableFile
from geo.models import Community, ImportRun
from geo.sql import load as load_sql
from members import vault
from members.actions.import_members import MembersImported, import_members
from members.household import household_of
from members.models import ContactPoint, IdentityLink, Member, SourceRecord
from members.phone import PhoneNumber
from tests.conftest import Town

HEADER = "key,phone,name,member_since"
PHONE, OTHER = "15412345678", "16012345678"

pytestmark = pytest.mark.django_db
Load = Callable[..., MembersImported]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Import lines of CSV; the header is the first one."""

    def _load(*lines: str, system: str = "mall", encoding: str = "utf-8") -> MembersImported:
        path = tmp_path / "members.csv"
        path.write_text("\n".join(lines) + "\n", encoding=encoding)
        return import_members(path=path, system=system)

    return _load


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    assert run.rows == run.created + run.merged + run.unchanged + run.refused
    return run.created, run.merged, run.unchanged, run.refused


def person(phone: str = PHONE) -> Member:
    point = ContactPoint.objects.get(channel=ContactPoint.Channel.PHONE, bidx=PhoneNumber.parse(phone).bidx)
    return Member.objects.get(id=point.member_id)


def links() -> list[tuple[str, int, bool]]:
    """(record key, member, still linked), oldest first."""
    return [
        (link.record.record_key, link.member_id, link.unlinked_at is None)
        for link in IdentityLink.objects.select_related("record").order_by("linked_at", "record__record_key")
    ]


def report_lines(run: ImportRun) -> list[str]:
    return Path(run.report).read_text().splitlines()[1:]


def test_a_row_becomes_record_link_person_and_number(load: Load) -> None:
    done = load(HEADER, f"A1,{PHONE},孙悟空先生,2019-01-02")
    assert counts(done.run) == (1, 0, 0, 0)
    member = person()
    assert (member.surname, member.title, member.member_since) == ("孙", "m", date(2019, 1, 2))
    assert (member.community_id, member.household) == (None, -member.pk)
    record = SourceRecord.objects.get(system="mall", record_key="A1")
    link = IdentityLink.objects.get()
    assert (link.member_id, link.record_id, link.score, link.reason) == (member.pk, record.pk, 1.0, "same_phone")
    opened = vault.decrypt(bytes(record.payload), "mall:A1:source_record.payload").decode()
    assert opened == f'{{"key":"A1","phone":"{PHONE}","name":"孙悟空先生","member_since":"2019-01-02"}}'
    point = ContactPoint.objects.get()
    assert vault.decrypt(bytes(point.ciphertext), f"{member.pk}:contact_point.ciphertext") == b"+86" + PHONE.encode()


def test_a_person_without_a_date_is_a_member_from_today(load: Load) -> None:
    load(HEADER, f"A1,{PHONE},,")
    assert person().member_since == timezone.localdate()


def test_the_gender_column_goes_before_the_name(load: Load) -> None:
    load("key,phone,name,gender,title", f"A1,{PHONE},孙先生,女,", f"A2,{OTHER},李先生,,")
    assert (person(PHONE).title, person(OTHER).title) == ("f", "m")


def test_the_same_file_again_changes_nothing(load: Load) -> None:
    lines = [HEADER, f"A1,{PHONE},孙悟空,2019-01-02", f"A2,{OTHER},李白,"]
    load(*lines)
    before = list(SourceRecord.objects.order_by("id").values_list("id", "received_at", "payload"))
    assert counts(load(*lines).run) == (0, 0, 2, 0)
    assert [tuple(map(_plain, row)) for row in before] == [
        tuple(map(_plain, row))
        for row in SourceRecord.objects.order_by("id").values_list("id", "received_at", "payload")
    ]
    assert (Member.objects.count(), IdentityLink.objects.count(), ContactPoint.objects.count()) == (2, 2, 2)


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def test_a_changed_record_is_replaced_and_its_only_person_follows(load: Load) -> None:
    load(HEADER, f"A1,{PHONE},孙悟空,2019-01-02")
    assert counts(load(HEADER, f"A1,{PHONE},李悟空女士,2020-05-06").run) == (0, 1, 0, 0)
    member = person()
    assert (member.surname, member.title, member.member_since) == ("李", "f", date(2020, 5, 6))
    record = SourceRecord.objects.get()
    assert "李悟空" in vault.decrypt(bytes(record.payload), "mall:A1:source_record.payload").decode()
    assert links() == [("A1", member.pk, True)]


def test_an_empty_field_takes_nothing_away(load: Load) -> None:
    load(HEADER, f"A1,{PHONE},孙先生,2019-01-02")
    load(HEADER, f"A1,{PHONE},,")
    member = person()
    assert (member.surname, member.title, member.member_since) == ("孙", "m", date(2019, 1, 2))


def test_the_same_phone_from_another_system_is_the_same_person(load: Load) -> None:
    load(HEADER, f"A1,{PHONE},孙悟空,2019-01-02")
    done = load(HEADER, f"9,+86 {PHONE},李女士,2015-01-02", system="wechat")
    assert counts(done.run) == (0, 1, 0, 0)
    member = person()
    # of two records the second fills what is empty; member since is the earliest
    assert (member.surname, member.title, member.member_since) == ("孙", "f", date(2015, 1, 2))
    assert links() == [("A1", member.pk, True), ("9", member.pk, True)]
    load(HEADER, f"9,{PHONE},王先生,2022-01-02", system="wechat")
    member = person()
    assert (member.surname, member.title, member.member_since) == ("孙", "f", date(2015, 1, 2))


def test_two_records_of_one_file_with_one_phone_are_one_person(load: Load) -> None:
    done = load(HEADER, f"A1,{PHONE},,2019-01-02", f"A2,{PHONE},孙先生,2018-01-02", f"A3,{PHONE},李女士,2020-01-02")
    assert counts(done.run) == (1, 2, 0, 0)
    member = person()
    assert (member.surname, member.title, member.member_since) == ("孙", "m", date(2018, 1, 2))
    assert [link[1] for link in links()] == [member.pk] * 3


def test_a_changed_phone_moves_the_record_and_keeps_the_history(load: Load) -> None:
    load(HEADER, f"A1,{PHONE},孙悟空,2019-01-02")
    first = person()
    assert counts(load(HEADER, f"A1,{OTHER},孙悟空,2019-01-02").run)[3] == 0
    second = person(OTHER)
    assert second.pk != first.pk
    assert links() == [("A1", first.pk, False), ("A1", second.pk, True)]
    load(HEADER, f"A1,{PHONE},孙悟空,2019-01-02")
    assert links() == [("A1", first.pk, False), ("A1", second.pk, False), ("A1", first.pk, True)]
    assert Member.objects.count() == 2
    closed = IdentityLink.objects.filter(unlinked_at__isnull=False)
    assert all(link.unlinked_at is not None and link.unlinked_at > link.linked_at for link in closed)


def test_records_that_exchange_their_phones_exchange_their_people(load: Load) -> None:
    load(HEADER, f"A1,{PHONE},孙悟空,", f"A2,{OTHER},李白,")
    one, two = person(PHONE), person(OTHER)
    load(HEADER, f"A1,{OTHER},孙悟空,", f"A2,{PHONE},李白,")
    assert sorted(links()) == sorted(
        [("A1", one.pk, False), ("A2", two.pk, False), ("A1", two.pk, True), ("A2", one.pk, True)]
    )


def test_who_was_erased_is_not_filed_again(load: Load) -> None:
    load(HEADER, f"A1,{PHONE},孙悟空,")
    Member.objects.update(erased_at=timezone.now())
    done = load(HEADER, f"A1,{PHONE},孙大圣,", f"A2,{PHONE},孙大圣,")
    assert done.run.reasons == {"erased": 2}
    assert SourceRecord.objects.count() == 1


def test_refused_rows_are_listed_and_the_others_loaded(load: Load) -> None:
    done = load(
        HEADER,
        f",{PHONE},孙,",
        f"{'k' * 61},{PHONE},孙,",
        f"A\x001,{PHONE},孙,",
        "A1,,孙,",
        "A2,12345,孙,",
        f"A3,{PHONE},孙,2019-02-30",
        f"A4,{PHONE},孙,1970-01-01",
        f"A5,{PHONE},孙,9999-01-01",
        "A6,too,many,fields,here",
        f"A7,{PHONE},孙,",
        f"A7,{OTHER},李,",
        f"=cmd|' /C calc'!A0,{OTHER},李,",
    )
    assert counts(done.run) == (2, 0, 0, 10)
    assert done.run.reasons == {
        "no_key": 1, "bad_key": 2, "no_phone": 1, "bad_phone": 1, "bad_date": 2, "future_date": 1, "broken_line": 1,
        "repeated_key": 1,
    }  # fmt: skip
    assert sorted(report_lines(done.run)) == sorted(
        ["2,no_key,", "3,bad_key,", "4,bad_key,", "5,no_phone,", "6,bad_phone,", "7,bad_date,", "8,bad_date,",
         "9,future_date,", "10,broken_line,", "12,repeated_key,"]
    )  # fmt: skip


def test_a_key_whose_first_row_was_refused_is_not_repeated(load: Load) -> None:
    done = load(HEADER, "A1,12345,孙,", f"A1,{PHONE},孙,")
    assert counts(done.run) == (1, 0, 0, 1)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_any_usual_encoding_is_read(load: Load, encoding: str) -> None:
    names = "".join(f"A{number},1541234{number:04},孙悟空先生,2019-01-02\n" for number in range(200))
    assert counts(load(HEADER, names.rstrip("\n"), encoding=encoding).run) == (200, 0, 0, 0)
    assert set(Member.objects.values_list("surname", "title")) == {("孙", "m")}


@pytest.mark.parametrize("count", [3, 40_000])
def test_a_line_in_another_encoding_is_refused_alone(tmp_path: Path, count: int) -> None:
    path = tmp_path / "a.csv"
    good = "".join(f"A{number},1541234{number % 10:04},孙悟空先生,\n" for number in range(count))
    path.write_bytes(f"{HEADER}\n{good}".encode() + f"B1,{OTHER},".encode() + b"\xcb\xef\xce\xf2\xbf\xd5,\n")
    done = import_members(path=path, system="mall")
    assert done.run.reasons == {"wrong_encoding": 1}
    assert done.run.created == min(count, 10)
    assert done.run.merged == count - done.run.created


def test_a_field_beyond_the_readers_limit_is_a_broken_line(load: Load) -> None:
    done = load(HEADER, f"A1,{PHONE},{'孙' * 200_000},", f"A2,{OTHER},李白,")
    assert done.run.reasons == {"broken_line": 1}
    assert done.run.created == 1


def test_a_long_field_is_kept_in_the_payload_alone(load: Load) -> None:
    load(HEADER, f"A1,{PHONE},{'孙' * 40_000},")
    assert person().surname == ""
    assert len(bytes(SourceRecord.objects.get().payload)) > 120_000


def test_a_spreadsheet_with_numbers_is_read(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.append(["key", "phone", "name", "member_since"])
    sheet.append([1, float(PHONE), "孙先生", date(2019, 1, 2)])
    sheet.append([2, int(OTHER), "=cmd", None])
    book.save(tmp_path / "a.xlsx")
    done = import_members(path=tmp_path / "a.xlsx", system="mall")
    assert counts(done.run) == (2, 0, 0, 0)
    assert person().member_since == date(2019, 1, 2)


def test_parquet_with_whole_and_broken_numbers_is_read(tmp_path: Path) -> None:
    rows = table({"key": [1, 2, 3], "phone": [int(PHONE), int(OTHER), None], "name": ["孙先生", None, "李"]})
    parquet.write_table(rows, tmp_path / "a.parquet")
    done = import_members(path=tmp_path / "a.parquet", system="mall")
    assert counts(done.run) == (2, 0, 0, 1)
    assert done.run.reasons == {"no_phone": 1}


def test_a_zipped_file_is_read(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "a.csv.gz", "wt") as file:
        file.write(f"{HEADER}\nA1,{PHONE},孙,\n")
    assert import_members(path=tmp_path / "a.csv.gz", system="mall").run.created == 1


def test_an_unknown_format_is_refused_whole(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_text(PHONE)
    with pytest.raises(UnreadableFile, match="no reader"):
        import_members(path=tmp_path / "a.pdf", system="mall")
    assert not ImportRun.objects.exists()


def test_an_address_leads_to_community_and_household(load: Load, town: Town) -> None:
    done = load(
        "key,phone,address,city,community,house",
        f"A1,{PHONE},海澄市北岸区垂柳新村12-3-502,,,",
        f"A2,{OTHER},,海澄市,垂柳新村,12-3-502",
        "A3,16112345678,,海澄市,无此小区,12-3-502",
        "A4,16312345678,,,,",
    )
    one, two = person(PHONE), person(OTHER)
    assert one.community_id == two.community_id == town.willow.pk
    assert one.household == two.household
    assert one.household == household_of(community_id=town.willow.pk, house="12-3-502", member_id=one.pk)
    third = person("16112345678")
    assert (third.community_id, third.household) == (None, -third.pk)
    assert done.run.refused == 0
    assert done.addresses == {"located": 2, "unknown_community": 1, "empty": 1}


def test_communities_that_come_after_the_people_find_them_with_the_same_file(
    load: Load, town: Town, tmp_path: Path
) -> None:
    lines = [
        "key,phone,city,community,house",
        f"A1,{PHONE},海澄市,银杏园,12-3-502",
        f"A2,{OTHER},海澄市,银杏园,",
        "A3,16312345678,海澄市,垂柳新村,",
    ]
    assert load(*lines).addresses == {"located": 1, "unknown_community": 2}
    path = tmp_path / "communities.csv"
    path.write_text("id,name,city,lon,lat\n1,银杏园,海澄,120.05,36.35\n", encoding="utf-8")
    import_communities(path=path, source="x", crs="wgs84")
    community = Community.objects.get(name="银杏园")
    again = load(*lines)
    assert (counts(again.run), again.addresses) == ((0, 2, 1, 0), {"located": 3})
    found = household_of(community_id=community.pk, house="12-3-502", member_id=0)
    assert (person().community_id, person().household) == (community.pk, found)
    assert (person(OTHER).community_id, person(OTHER).household) == (community.pk, -person(OTHER).pk)
    assert counts(load(*lines).run) == (0, 0, 3, 0)
    assert (Member.objects.count(), IdentityLink.objects.count()) == (3, 3)


def test_an_unchanged_record_moves_its_only_person_to_where_its_address_is_now(load: Load, town: Town) -> None:
    header, row = "key,phone,city,community", f"A1,{PHONE},海澄市,垂柳新村"
    load(header, row)
    Member.objects.update(community=town.poplar, household=-person().pk)
    assert counts(load(header, row).run) == (0, 1, 0, 0)
    assert person().community == town.willow
    assert counts(load(header, row).run) == (0, 0, 1, 0)


def test_an_unchanged_record_that_is_not_the_only_one_moves_nobody(load: Load, town: Town) -> None:
    lines = ["key,phone,city,community", f"A1,{PHONE},海澄市,垂柳新村", f"A2,{PHONE},海澄市,"]
    load(*lines)
    before = person().community_id
    Member.objects.update(community=town.poplar)
    assert before != town.poplar.pk
    assert counts(load(*lines).run) == (0, 0, 2, 0)
    assert person().community == town.poplar


def test_a_file_without_addresses_tells_nothing_of_them(load: Load) -> None:
    assert not load(HEADER, f"A1,{PHONE},孙,").addresses


def test_a_move_takes_the_household_along(load: Load, town: Town) -> None:
    header = "key,phone,city,community,house"
    load(header, f"A1,{PHONE},海澄市,垂柳新村,12-3-502")
    old = person()
    load(header, f"A1,{PHONE},海澄市,白杨苑,")
    member = person()
    assert (member.community_id, member.household) == (town.poplar.pk, -member.pk)
    load(header, f"A1,{PHONE},海澄市,无此小区,")
    assert person().community_id == town.poplar.pk
    load(header, f"A1,{PHONE},海澄市,垂柳新村,12-3-502")
    assert (person().community_id, person().household) == (old.community_id, old.household)


def test_another_system_adds_the_door_but_does_not_move_anybody(load: Load, town: Town) -> None:
    header = "key,phone,city,community,house"
    load(header, f"A1,{PHONE},海澄市,垂柳新村,")
    load(header, f"9,{PHONE},海澄市,白杨苑,1-1-101", system="wechat")
    assert person().community_id == town.willow.pk
    assert person().household < 0
    load(header, f"7,{PHONE},海澄市,垂柳新村,1-1-101", system="logistics")
    assert person().household == household_of(community_id=town.willow.pk, house="1-1-101", member_id=0)


def test_a_community_that_goes_away_while_reading_is_left_out(
    load: Load, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "members.actions.import_members._Reader._locate", lambda *_arguments: (town.willow.pk + 1_000_000, 77)
    )
    load(HEADER, f"A1,{PHONE},孙,")
    assert (person().community_id, person().household) == (None, -person().pk)


def test_an_email_address_is_a_second_contact_point(load: Load) -> None:
    header = "key,phone,email"
    done = load(header, f"A1,{PHONE},Sun@Example.com", f"A2,{OTHER},sun@example.com", "A3,16112345678,nowhere")
    assert done.emails == {"of_another_member": 1, "bad_email": 1}
    point = ContactPoint.objects.get(channel=ContactPoint.Channel.EMAIL)
    assert bytes(point.bidx) == vault.keyed_hash("email", "sun@example.com")
    assert point.member_id == person().pk
    opened = vault.decrypt(bytes(point.ciphertext), f"{point.member_id}:contact_point.ciphertext")
    assert opened == b"sun@example.com"


def test_an_email_address_that_comes_later_opens_for_its_member(load: Load) -> None:
    load("key,phone,email", f"A1,{PHONE},")
    done = load("key,phone,email", f"A1,{PHONE},sun@example.com", f"A2,{PHONE},sun@example.com")
    assert not done.emails
    point = ContactPoint.objects.get(channel=ContactPoint.Channel.EMAIL)
    opened = vault.decrypt(bytes(point.ciphertext), f"{person().pk}:contact_point.ciphertext")
    assert opened == b"sun@example.com"


def test_nothing_stored_shows_the_number_or_the_name(load: Load) -> None:
    load(HEADER + ",address,email", f"A1,{PHONE},孙悟空,2019-01-02,海澄市无名路1号,sun@example.com")
    stored: list[bytes] = []
    for model in (Member, SourceRecord, IdentityLink, ContactPoint):
        for row in model._default_manager.values_list():
            stored += [bytes(v) if isinstance(v, memoryview) else str(v).encode() for v in row]
    everything = b"\n".join(stored)
    assert len(everything) > 200
    for secret in (PHONE, PHONE[1:], "悟空", "无名路", "sun@example", PHONE.encode().hex()):
        assert secret.encode() not in everything


def test_a_value_moved_to_another_member_does_not_open(load: Load) -> None:
    load(HEADER, f"A1,{PHONE},孙,", f"A2,{OTHER},李,")
    one, two = ContactPoint.objects.order_by("member_id")
    assert vault.decrypt(bytes(one.ciphertext), f"{one.member_id}:contact_point.ciphertext")
    with pytest.raises(InvalidTag):
        vault.decrypt(bytes(one.ciphertext), f"{two.member_id}:contact_point.ciphertext")
    payload = bytes(SourceRecord.objects.get(record_key="A1").payload)
    with pytest.raises(InvalidTag):
        vault.decrypt(payload, "mall:A2:source_record.payload")


def test_report_log_and_run_name_nobody(load: Load, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with caplog.at_level(logging.DEBUG):
        done = load(HEADER, f"A1,{PHONE},孙悟空,2019-02-30", f"{PHONE},,孙悟空,", f"A2,{PHONE}9,孙悟空,", "孙悟空,1,2")
    assert done.run.refused == 4
    told = Path(done.run.report).read_text() + caplog.text + str(done.run.__dict__)
    assert PHONE[1:7] not in told  # shorter parts turn up by chance in moments and addresses in memory
    assert PHONE[-6:] not in told
    assert "悟空" not in told


@pytest.mark.parametrize("statement", ["insert_contact_points", "insert_records", "update_members"])
def test_a_crash_midway_leaves_nothing(load: Load, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    load(HEADER, f"A1,{PHONE},孙,")
    before = _rows()

    def crash(app: str, name: str) -> str:
        if name.endswith(statement):
            raise KeyboardInterrupt
        return load_sql(app, name)

    monkeypatch.setattr("members.actions.import_members.load", crash)
    with pytest.raises(KeyboardInterrupt):
        load(HEADER, f"A1,{PHONE},李,", f"A2,{OTHER},李,")
    assert _rows() == before


def _rows() -> list[tuple[object, ...]]:
    return [
        tuple(map(_plain, row))
        for model in (Member, SourceRecord, IdentityLink, ContactPoint, ImportRun)
        for row in model._default_manager.order_by("pk").values_list()
    ]


def test_a_number_that_somebody_else_stores_meanwhile_is_theirs(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the counter's own registration could do between finding out and storing."""
    theirs = Member.objects.create(surname="李", household=-1, member_since=date(2020, 1, 1))

    def meanwhile(app: str, name: str) -> str:
        if name.endswith("insert_contact_points"):
            ContactPoint.objects.create(
                channel=ContactPoint.Channel.PHONE, bidx=PhoneNumber.parse(PHONE).bidx, member_id=theirs.pk,
                ciphertext=b"",
            )  # fmt: skip
        return load_sql(app, name)

    monkeypatch.setattr("members.actions.import_members.load", meanwhile)
    done = load(HEADER, f"A1,{PHONE},孙先生,", f"A2,{PHONE},孙,", f"A3,{OTHER},王,")
    assert counts(done.run) == (1, 2, 0, 0)
    assert Member.objects.count() == 2
    assert {link[1] for link in links() if link[0] != "A3"} == {theirs.pk}
    theirs.refresh_from_db()
    assert (theirs.surname, theirs.title) == ("李", "m")


def test_rows_reach_the_database_in_batches(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """Repeated keys, one phone and one record are found across them."""
    monkeypatch.setattr("members.intake.BATCH_ROWS", 2)
    done = load(HEADER, f"A1,{PHONE},孙,", f"A2,{OTHER},李,", f"A3,{PHONE},孙,", f"A1,{OTHER},李,", f"A4,{OTHER},李,")
    assert counts(done.run) == (2, 2, 0, 1)


def test_without_a_data_key_nothing_is_read(load: Load, settings: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "_writing_key", lambda: (_ for _ in ()).throw(vault.NoDataKey))
    with pytest.raises(vault.NoDataKey):
        load(HEADER, f"A1,{PHONE},孙,")
    assert not Member.objects.exists()


def test_progress_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"{HEADER}\nA1,{PHONE},孙,\n")
    told: list[Step] = []
    import_members(path=tmp_path / "a.csv", system="mall", progress=told.append)
    assert told == [Step(Doing.MATCHING, 1), Step(Doing.STORING, 1)]
    assert [str(step).split(";")[0] for step in told] == ["1 rows read", "1 rows are new or changed"]
