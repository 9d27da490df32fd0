"""The data key is changed while everybody works: look-ups, senders who open addresses, imports."""

import base64
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from django.db import connection
from pytest_django.fixtures import Settings

from members import vault
from members.actions import rotate_data_keys as rotation
from members.actions.import_members import import_members
from members.actions.look_up_member import look_up_member
from members.actions.rotate_data_keys import keys_in_use, rotate_data_keys
from members.models import ContactPoint
from members.phone import PhoneNumber
from members.vault import NoDataKey, contact_place, decrypt
from salesapp.staff.models import Employee

pytestmark = pytest.mark.django_db(transaction=True)

OLD = f"test:{base64.b64encode(b'd' * 32).decode()}"
NEW = f"a-new-one:{base64.b64encode(b'e' * 32).decode()}"
PEOPLE = 600
READERS = 2
LEAST = 100  # look-ups with the address opened, while values are encrypted anew


def hold(settings: Settings, keys: str) -> None:
    settings.DATA_KEYS = keys
    for cached in (vault._data_keys, vault._writing_key, vault._opening_keys):
        cached.cache_clear()


@pytest.fixture(autouse=True)
def _forget_keys(settings: Settings) -> Iterator[None]:
    before = settings.DATA_KEYS
    yield
    hold(settings, before)


class Load:
    """Threads that work without a pause; how often they read, what they did not find or could not open."""

    def __init__(self, by: Employee, phones: list[str], folder: Path) -> None:
        self.by, self.phones, self.folder = by, phones, folder
        self.read, self.imported = 0, 0
        self.missed: list[str] = []
        self._ended = threading.Event()
        works = [*(partial(self._read, start) for start in range(READERS)), self._import]
        self._threads = [threading.Thread(target=self._until_the_end, args=(work,)) for work in works]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        for thread in self._threads:
            thread.join(60)

    def _until_the_end(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the test says so
            self.missed.append(repr(error))
        finally:
            connection.close()

    def _read(self, number: int) -> None:
        while not self._ended.is_set():
            phone = self.phones[number % len(self.phones)]
            point = ContactPoint.objects.get(bidx=PhoneNumber.parse(phone).bidx)
            try:
                opened = decrypt(bytes(point.ciphertext), contact_place(point.member_id)).decode()
            except NoDataKey:
                opened = ""
            portrait = look_up_member(by=self.by, phone=phone, reason="counter")
            if not portrait["found"] or not opened.endswith(phone):
                self.missed.append(phone)
            self.read += 1
            number += READERS

    def _import(self) -> None:
        while not self._ended.is_set():
            import_people(self.folder, [f"1640{self.imported + n:07}" for n in range(5)])
            self.imported += 5

    def goes_on(self, more: int) -> None:
        """Until so much more was read, or something was missed."""
        enough = self.read + more
        while self.read < enough and not self.missed:
            self._ended.wait(0.01)


def import_people(folder: Path, phones: list[str]) -> None:
    file = folder / f"{phones[0]}.csv"
    file.write_text("\n".join(["key,phone,name", *(f"K{phone},{phone},孙先生" for phone in phones)]))
    assert import_members(path=file, system="mall").run.created == len(phones)


@pytest.fixture
def load(alice: Employee, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Of people whose values are encrypted with the old key; a batch of the rotation is small and waits for reads."""
    settings.LOOKUP_LIMITS = []
    phones = [f"1541{number:07}" for number in range(PEOPLE)]
    import_people(tmp_path, phones)
    hold(settings, f"{NEW},{OLD}")
    assert keys_in_use() == {"test": 2 * PEOPLE}
    working = Load(alice, phones, tmp_path)
    batches = rotation._batches

    def slow(*args: object) -> Iterator[tuple[int, int]]:
        for batch in batches(*args):  # type: ignore[arg-type]
            yield batch
            working.goes_on(LEAST // (2 * PEOPLE // rotation.BATCH_ROWS))

    monkeypatch.setattr(rotation, "BATCH_ROWS", 60)
    monkeypatch.setattr(rotation, "_batches", slow)
    return working


def test_nobody_is_missed_while_the_data_key_is_changed(load: Load, settings: Settings) -> None:
    with load:
        load.goes_on(READERS)
        before = load.read
        done, closed = rotate_data_keys()
        during = load.read - before
        hold(settings, NEW)  # as of now nothing needs the old one
        load.goes_on(LEAST)
    assert load.missed == []
    assert (done, closed) == (2 * PEOPLE, 0)
    assert during >= LEAST, "it was changed while hardly anybody read"
    assert load.imported >= 5
    assert keys_in_use() == {"a-new-one": 2 * (PEOPLE + load.imported)}


def test_an_old_key_that_is_dropped_too_early_would_be_noticed(load: Load, settings: Settings) -> None:
    with load:
        load.goes_on(READERS)
        hold(settings, NEW)
        _, closed = rotate_data_keys()
        load.goes_on(LEAST)
    assert closed == 2 * PEOPLE
    assert load.missed
