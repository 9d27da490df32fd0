"""What the web may seal, and who opens it."""

import base64

import pytest
from cryptography.exceptions import InvalidTag
from pytest_django import Settings

from members import vault
from members.actions.publish_sealing_key import publish_sealing_key
from members.errors import NotSealable
from members.models import SealingKey
from members.queries.sealing import sealed
from members.vault import NoDataKey, contact_place, decrypt, encrypt

PLACE = contact_place(7)


@pytest.fixture
def keys(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Keys may change in the middle of a test."""
    for name in ("_data_keys", "_opening_keys", "_writing_key"):
        monkeypatch.setattr(vault, name, getattr(vault, name).__wrapped__)
    return settings


def key(letter: str) -> str:
    return f"{letter}:{base64.b64encode(letter.encode() * 32).decode()}"


def test_a_seal_opens_like_any_ciphertext(db: None) -> None:
    publish_sealing_key()
    first, second = sealed(b"+8615400001234", PLACE), sealed(b"+8615400001234", PLACE)
    assert decrypt(first, PLACE) == decrypt(second, PLACE) == b"+8615400001234"
    assert first != second
    assert b"154" not in first
    assert decrypt(encrypt(b"x", PLACE), PLACE) == b"x"


def test_a_seal_that_was_moved_or_altered_does_not_open(db: None) -> None:
    publish_sealing_key()
    made = sealed(b"x", PLACE)
    with pytest.raises(InvalidTag):
        decrypt(made, contact_place(8))
    with pytest.raises(InvalidTag):
        decrypt(made[:-1] + bytes([made[-1] ^ 1]), PLACE)


def test_without_the_data_key_it_stays_shut(db: None, keys: Settings) -> None:
    publish_sealing_key()
    made = sealed(b"x", PLACE)
    keys.DATA_KEYS = ""
    assert sealed(b"y", PLACE)  # sealing needs none
    with pytest.raises(NoDataKey):
        decrypt(made, PLACE)
    with pytest.raises(NoDataKey):
        publish_sealing_key()
    keys.DATA_KEYS = key("z")
    with pytest.raises(NoDataKey):
        decrypt(made, PLACE)


def test_a_new_data_key_is_sealed_to_and_the_old_one_still_opens(db: None, keys: Settings) -> None:
    keys.DATA_KEYS = key("a")
    publish_sealing_key()
    old = sealed(b"old", PLACE)
    keys.DATA_KEYS = f"{key('b')},{key('a')}"
    publish_sealing_key()
    new = sealed(b"new", PLACE)
    assert (decrypt(old, PLACE), decrypt(new, PLACE)) == (b"old", b"new")
    assert new[1:3] == b"\x01b"
    # back again
    keys.DATA_KEYS = key("a")
    publish_sealing_key()
    assert sealed(b"x", PLACE)[1:3] == b"\x01a"
    published = SealingKey.objects.get(key_id="a").published_at
    publish_sealing_key()
    assert SealingKey.objects.get(key_id="a").published_at == published


def test_without_a_key_nothing_is_sealed(db: None) -> None:
    with pytest.raises(NotSealable):
        sealed(b"x", PLACE)


def test_a_key_that_the_index_key_does_not_vouch_for_is_left_alone(db: None) -> None:
    publish_sealing_key()
    SealingKey.objects.update(public=b"\x09" * 32)
    with pytest.raises(NotSealable):
        sealed(b"x", PLACE)
