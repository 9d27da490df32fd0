"""The index key is changed while everybody works: real look-ups, imports, merges; and the rotation is killed."""

import base64
import os
import subprocess
import sys
import threading
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as set_up
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import Settings

from members import index_key
from members.actions.erase_member import erase_member
from members.actions.export_reads import export_reads
from members.actions.import_members import import_members
from members.actions.look_up_member import look_up_member
from members.actions.merge_members import merge_members
from members.actions.publish_sealing_key import publish_sealing_key
from members.actions.register_member import register_member
from members.actions.rotate_index_key import rotate_index_key
from members.actions.undo_merge import undo_merge
from members.errors import CannotRotate
from members.index_key import IndexKeyMissing, read_generation
from members.keyed_columns import KEYED_COLUMNS
from members.models import ContactPoint, IndexKey, Member, MemberMerge, Purchase, SourceRecord, Tombstone, Verification
from members.phone import PhoneNumber
from members.public_id import public_id
from members.queries.reads_about import reads_about
from members.vault import hashes_of_all_generations, keyed_hash
from outreach.models import Channel
from outreach.queries.member_at import member_at
from salesapp.staff.models import AccessEntry, Employee
from tests.builders import make_category, make_member, make_product, make_purchase
from tests.conftest import Town

pytestmark = pytest.mark.django_db(transaction=True)

CHECKOUT = Path(__file__).parents[2]
PEOPLE = 240
READERS = 3
OLD = base64.b64encode(b"i" * 32).decode()
NEW = base64.b64encode(b"n" * 32).decode()
# Dies by SIGKILL at the n-th word it says, which it does at every batch; 0 for never
ROTATE = """
import os, signal, sys
import django
django.setup()
from members.actions import rotate_index_key as rotation
rotation.BATCH_ROWS, rotation._TOLD_EVERY, rotation.PAUSE = 60, 0.0, 0.05
said = 0
def say(text):
    global said
    said += 1
    print(text, flush=True)
    if said == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGKILL)
rotation.rotate_index_key(progress=say)
"""


def rotate(dies_at: int) -> "subprocess.CompletedProcess[str]":
    database = connection.settings_dict
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "salesapp.settings",
        "SECRET_KEY": "s" * 64,
        "DATABASE_URL": f"postgis://{database['USER']}@/{database['NAME']}?host={database['HOST']}",
        "REDIS_URL": set_up.REDIS_URL,
        "INDEX_KEY": f"{NEW},{OLD}",
        "DATA_KEYS": set_up.DATA_KEYS,
    }
    return subprocess.run(
        [sys.executable, "-c", ROTATE, str(dies_at)],
        cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


class Readers:
    """Threads that look members up without a pause, each time one more; what they did not find."""

    def __init__(self, by: Employee, phones: list[str]) -> None:
        self.by, self.phones = by, phones
        self.looked_up = 0
        self.missed: list[str] = []
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._read, args=(start,)) for start in range(READERS)]

    def __enter__(self) -> "Readers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(60)

    def _read(self, start: int) -> None:
        try:
            number = start
            while not self._ended.is_set():
                phone = self.phones[number % len(self.phones)]
                portrait = look_up_member(by=self.by, phone=phone, reason="counter")
                if not portrait["found"] or member_at(Channel.SMS, phone) is None:
                    self.missed.append(phone)
                self.looked_up += 1
                number += READERS
        except Exception as error:  # noqa: BLE001 - the test says so
            self.missed.append(repr(error))
        finally:
            connection.close()


class Importer(threading.Thread):
    """Small files of new people, one after the other."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder, self.phones, self.failed = folder, list[str](), list[str]()
        self._ended = threading.Event()

    def __enter__(self) -> "Importer":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join(60)

    def run(self) -> None:
        try:
            number = 0
            while not self._ended.is_set():
                phones = [f"1640{number + i:07}" for i in range(5)]
                number += 5
                file = self.folder / f"{number}.csv"
                file.write_text("\n".join(["key,phone,name", *(f"K{p},{p},孙先生" for p in phones)]))
                run = import_members(path=file, system="mall").run
                assert run.created == 5
                self.phones += phones
        except Exception as error:  # noqa: BLE001 - the test says so
            self.failed.append(repr(error))
        finally:
            connection.close()


@pytest.fixture(autouse=True)
def _forget_what_was_seen() -> None:
    """Another test's database is another one."""
    index_key._seen.clear()


@pytest.fixture
def phones(town: Town) -> list[str]:
    fridge = make_product("HC-318", make_category())
    numbers = [f"1541{number:07}" for number in range(PEOPLE)]
    for number, phone in enumerate(numbers):
        member = make_member(town.willow, phone, household=number + 1)
        make_purchase(member, fridge)
    return numbers


@pytest.fixture
def _two_keys(settings: Settings) -> None:
    settings.INDEX_KEY = f"{NEW},{OLD}"
    settings.LOOKUP_LIMITS = []


def everybody_is_found(phones: list[str]) -> bool:
    found = ContactPoint.objects.filter(channel=1, bidx__in=[PhoneNumber.parse(phone).bidx for phone in phones])
    return found.count() == len(phones)


@pytest.mark.usefixtures("_two_keys")
def test_nobody_is_missed_while_the_key_is_changed_and_the_rotation_killed(
    alice: Employee, phones: list[str], tmp_path: Path
) -> None:
    before = dict(Member.objects.values_list("pk", "household"))
    with Readers(alice, phones) as readers, Importer(tmp_path) as importer:
        died, dies_at = 0, 2
        while (done := rotate(dies_at)).returncode == -9:
            died, dies_at = died + 1, dies_at + 5
        assert done.returncode == 0, done.stderr
        at_the_end = readers.looked_up
        while readers.looked_up < at_the_end + 50 and not readers.missed:  # some more on the new key alone
            threading.Event().wait(0.05)
    assert (readers.missed, importer.failed) == ([], [])
    assert died >= 4, "it was hardly killed"
    assert readers.looked_up > 300
    assert len(importer.phones) > 20
    assert read_generation() == 2
    assert everybody_is_found(phones + importer.phones)
    # who lived together does, the purchases with them; alone stays alone
    after = dict(Member.objects.filter(pk__in=before).values_list("pk", "household"))
    assert all(after[pk] != home for pk, home in before.items())
    assert len(set(after.values())) == len(before)
    assert all(after[sale.member_id] == sale.household for sale in Purchase.objects.all())
    # the file of before is recognised
    file = tmp_path / "5.csv"
    assert import_members(path=file, system="mall").run.unchanged == 5
    assert SourceRecord.objects.count() == len(importer.phones)


@pytest.mark.usefixtures("_two_keys")
def test_nothing_is_left_of_it_but_the_hashes(alice: Employee, phones: list[str]) -> None:
    def shape() -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "select table_name, column_name, data_type, is_nullable, column_default from information_schema.columns"
                " where table_name = any(%s) order by 1, 2",
                [[declared.model._meta.db_table for declared in KEYED_COLUMNS]],
            )
            columns = cursor.fetchall()
            cursor.execute(
                "select tablename, indexname, indexdef from pg_indexes where tablename = any(%s)"
                " union all select tgrelid::regclass::text, tgname, '' from pg_trigger where not tgisinternal"
                " union all select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint"
                " order by 1, 2, 3",
                [[declared.model._meta.db_table for declared in KEYED_COLUMNS]],
            )
            return [*columns, *cursor.fetchall()]

    before = shape()
    done = rotate(0)
    assert done.returncode == 0, done.stderr
    assert shape() == before
    assert not any(phone in done.stdout + done.stderr for phone in phones)
    key = IndexKey.objects.get()
    assert (key.generation, key.used_since is not None) == (2, True)
    again = rotate(0)
    assert (again.returncode, again.stdout) == (0, "")


def test_a_merge_of_before_is_undone_after(settings: Settings, phones: list[str]) -> None:
    loser, winner = Member.objects.order_by("pk")[:2]
    merge_members(loser=loser.pk, winner=winner.pk, by=None, reason="same")
    settings.INDEX_KEY = f"{NEW},{OLD}"
    assert rotate(0).returncode == 0
    assert MemberMerge.objects.get().moved["index_key"] == 2
    undo_merge(loser=loser.pk, by=None, reason="two")
    for member, phone in ((loser, phones[0]), (winner, phones[1])):
        assert member_at(Channel.SMS, phone) == member.pk
        sale = Purchase.objects.get(member_id=member.pk)
        assert sale.household == Member.objects.get(pk=member.pk).household


def test_a_read_of_before_is_found_by_what_was_typed(settings: Settings, alice: Employee, phones: list[str]) -> None:
    look_up_member(by=alice, phone=phones[0], reason="counter")
    settings.INDEX_KEY = f"{NEW},{OLD}"
    assert rotate(0).returncode == 0
    look_up_member(by=alice, phone=phones[0], reason="counter")
    hashes = hashes_of_all_generations("phone", f"+86{phones[0]}")
    assert AccessEntry.objects.filter(address_hash__in=hashes).count() == 2
    assert AccessEntry.objects.filter(address_hash=keyed_hash("phone", f"+86{phones[0]}")).count() == 1


def test_look_ups_in_vain_of_before_are_in_the_file_of_who_became_a_member(
    settings: Settings, alice: Employee, bob: Employee, dana: Employee, town: Town
) -> None:
    """Who became one before the change, after it, and after the next one; numbers that stay nobody's are in none."""
    settings.LOOKUP_LIMITS = []
    numbers = ["15400007771", "15400007772", "15400007773"]
    nobody = "15400009999"

    def look_up_all() -> None:
        for phone in [*numbers, nobody]:
            look_up_member(by=alice, phone=phone, reason="counter")

    def found(member: Member) -> int:
        rows = export_reads(by=dana, member=public_id(member.pk), why="request", full=True).rows
        return sum("alice" in row for row in rows)

    look_up_all()
    look_up_all()
    members = [make_member(town.willow, phone=numbers[0])]
    assert found(members[0]) == 2
    for generation in (2, 3):
        settings.INDEX_KEY = f"{base64.b64encode(bytes([64 + generation]) * 32).decode()},{settings.INDEX_KEY}"
        rotate_index_key()
        assert [found(member) for member in members] == [generation] * len(members)
        look_up_all()
        members.append(make_member(town.willow, phone=numbers[generation - 1]))
    # Twice at first, then once under each further key
    assert [found(member) for member in members] == [4, 4, 4]
    for phone, member in zip(numbers, members, strict=True):
        # By the number that somebody signed in with, the same, without reading the log
        first = PhoneNumber.parse(phone).first_bidx
        own = reads_about(member.pk, first_bidx=first).filter(employee=alice)
        assert list(own) == list(reads_about(member.pk).filter(employee=alice))
        assert own.count() == 4
        # Once the log has the number again it is enough to look at those near to it
        look_up_member(by=bob, phone=phone, reason="counter")
        with CaptureQueriesContext(connection) as queries:
            assert list(own) == list(reads_about(member.pk).filter(employee=alice))
        (read,) = {'"thousand" IN' in query["sql"] for query in queries if "DISTINCT" in query["sql"]}
        assert read
    with CaptureQueriesContext(connection) as queries:
        list(reads_about(members[0].pk, first_bidx=PhoneNumber.parse(numbers[0]).first_bidx))
    assert not any("DISTINCT" in query["sql"] for query in queries)


def test_the_erased_stay_erased_and_a_code_of_before_still_joins(
    settings: Settings, phones: list[str], tmp_path: Path
) -> None:
    gone, there = (PhoneNumber.parse(phone) for phone in phones[:2])
    (owner,) = ContactPoint.objects.filter(bidx=gone.bidx).values_list("member_id", flat=True)
    erase_member(member_id=owner)
    call_command("export_erasures", tmp_path / "erased", stdout=StringIO())
    verified = Verification.objects.create(
        key=b"k" * 16, purpose="join", bidx=there.first_bidx, masked=there.masked, member_id=9_000_000,
        ciphertext=b"x", language="en", expires_at=timezone.now() + timedelta(minutes=10),
    )  # fmt: skip
    publish_sealing_key()
    settings.INDEX_KEY = f"{NEW},{OLD}"
    assert rotate(0).returncode == 0
    assert bytes(Tombstone.objects.get().bidx) == gone.bidx != hashes_of_all_generations("phone", gone.canonical)[0]
    file = tmp_path / "members.csv"
    file.write_text(f"key,phone,name\nK1,{phones[0]},孙先生")
    assert import_members(path=file, system="mall").run.created == 0
    said = StringIO()
    call_command("replay_erasures", tmp_path / "erased", stdout=said)
    assert said.getvalue().startswith("1 erased addresses and records, 0 of them missing")
    # a copy from before the rotation, with the keys of today: its hashes are led on
    Tombstone.objects.all().delete()
    call_command("replay_erasures", tmp_path / "erased", stdout=StringIO())
    assert bytes(Tombstone.objects.get().bidx) == gone.bidx
    member = register_member(verified=verified, agreed=[], objects=False)
    assert member.pk == ContactPoint.objects.get(bidx=there.bidx).member_id != verified.member_id
    make_member(phone=phones[0])  # registered afresh, and still nothing of before
    assert import_members(path=file, system="mall").run.reasons == {"erased": 1}
    settings.INDEX_KEY = OLD
    index_key._seen.clear()
    with pytest.raises(IndexKeyMissing):
        call_command("export_erasures", tmp_path / "erased", stdout=StringIO())
    assert (tmp_path / "erased").read_text().startswith("index key 1\n")


def test_an_erased_record_is_known_under_the_next_key(settings: Settings, town: Town, tmp_path: Path) -> None:
    file = tmp_path / "members.csv"
    file.write_text("key,phone,name\nK1,15400001234,孙先生")
    import_members(path=file, system="mall")
    erase_member(member_id=Member.objects.get().pk)
    settings.INDEX_KEY = f"{NEW},{OLD}"
    rotate_index_key()
    file.write_text("key,phone,name\nK1,16000001111,孙先生")
    assert import_members(path=file, system="mall").run.reasons == {"erased": 1}


def test_keys_that_made_no_hash_on_file_are_refused(settings: Settings, phones: list[str]) -> None:
    other = base64.b64encode(b"o" * 32).decode()
    settings.INDEX_KEY = f"{NEW},{other}"
    with pytest.raises(CannotRotate, match="no address"):
        rotate_index_key()
    settings.INDEX_KEY = f"{NEW},{OLD}"
    rotate_index_key()
    settings.INDEX_KEY = f"{OLD},{other},{OLD}"
    with pytest.raises(CannotRotate, match="key 2 of INDEX_KEY"):
        rotate_index_key()
