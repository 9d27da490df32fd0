import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from members import vault
from members.actions import rotate_data_keys as rotation
from members.actions.import_members import import_members
from members.actions.rotate_data_keys import keys_in_use, rotate_data_keys
from members.encrypted_columns import ENCRYPTED_COLUMNS, record_place
from members.models import ContactPoint, SourceRecord
from members.vault import NoDataKey, contact_place, decrypt
from tests.builders import make_member

pytestmark = pytest.mark.django_db

OLD = f"test:{base64.b64encode(b'd' * 32).decode()}"
NEW = f"a-new-one:{base64.b64encode(b'e' * 32).decode()}"
PEOPLE = 7


def hold(settings: Settings, keys: str) -> None:
    settings.DATA_KEYS = keys
    vault._data_keys.cache_clear()
    vault._writing_key.cache_clear()


@pytest.fixture(autouse=True)
def _forget_keys() -> Iterator[None]:
    yield
    vault._data_keys.cache_clear()
    vault._writing_key.cache_clear()


@pytest.fixture
def people(tmp_path: Path) -> list[str]:
    phones = [f"1541234{number:04}" for number in range(PEOPLE)]
    file = tmp_path / "people.csv"
    file.write_text("\n".join(["key,phone,name", *(f"K{number},{p},孙先生" for number, p in enumerate(phones))]))
    import_members(path=file, system="mall")
    return phones


def readable() -> list[str]:
    points = ContactPoint.objects.order_by("member_id")
    return [decrypt(bytes(p.ciphertext), contact_place(p.member_id)).decode().removeprefix("+86") for p in points]


def test_everything_opens_with_the_new_key_alone(
    settings: Settings, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "BATCH_ROWS", 3)
    hold(settings, f"{NEW},{OLD}")
    assert keys_in_use() == {"test": 2 * PEOPLE}
    assert rotate_data_keys() == (2 * PEOPLE, 0)
    assert keys_in_use() == {"a-new-one": 2 * PEOPLE}
    hold(settings, NEW)
    assert readable() == people
    for record in SourceRecord.objects.all():
        assert "孙先生" in decrypt(bytes(record.payload), record_place(record.system, record.record_key)).decode()


def test_what_is_done_is_left_as_it_is(settings: Settings, people: list[str]) -> None:
    hold(settings, f"{NEW},{OLD}")
    rotate_data_keys()
    before = list(ContactPoint.objects.order_by("member_id").values_list("ciphertext", flat=True))
    make_member()
    hold(settings, f"{OLD},{NEW}")
    make_member()
    hold(settings, f"{NEW},{OLD}")
    assert rotate_data_keys() == (1, 0)
    after = list(ContactPoint.objects.order_by("member_id").values_list("ciphertext", flat=True))
    assert [bytes(c) for c in after[:PEOPLE]] == [bytes(c) for c in before]


def test_a_value_without_its_key_is_told_and_left(settings: Settings, people: list[str]) -> None:
    hold(settings, NEW)
    make_member()
    assert rotate_data_keys() == (0, 2 * PEOPLE)
    assert keys_in_use() == {"test": 2 * PEOPLE, "a-new-one": 1}
    with pytest.raises(CommandError, match="14 values do not open"):
        call_command("rotate_data_keys")
    hold(settings, "")
    with pytest.raises(NoDataKey):
        rotate_data_keys()


def test_a_stopped_rotation_goes_on(
    settings: Settings, people: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rotation, "BATCH_ROWS", 2)
    hold(settings, f"{NEW},{OLD}")
    batches = rotation._batches(ENCRYPTED_COLUMNS[0])
    assert [next(batches), next(batches)] == [(2, 2), (2, 2)]
    batches.close()
    assert keys_in_use() == {"test": 2 * PEOPLE - 4, "a-new-one": 4}
    assert readable() == people
    call_command("rotate_data_keys")
    assert capsys.readouterr().out == f"key a-new-one: {2 * PEOPLE} values\n"
    call_command("rotate_data_keys", check=True)
    assert capsys.readouterr().out == f"key a-new-one: {2 * PEOPLE} values\n"
