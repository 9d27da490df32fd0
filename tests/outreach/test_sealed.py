import base64
import secrets

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDH, SECP256R1, EllipticCurvePublicKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pytest_django import Settings

from outreach.sealed import SealBroken, open_sealed, seal_key


def seal(clear: bytes, *, owner: str, key: str, to: str = "") -> bytes:
    """What the phone does: salesapp/static/phone/drafts.js in Python."""
    theirs = base64.b64decode(to or seal_key())
    own = generate_private_key(SECP256R1())
    point = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = own.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), theirs))
    nonce = secrets.token_bytes(12)
    secret = HKDF(SHA256(), 32, point + theirs, b"salesapp draft").derive(shared)
    return point + nonce + AESGCM(secret).encrypt(nonce, clear, f"{owner} {key}".encode())


def _key(byte: bytes) -> str:
    return base64.b64encode(byte * 32).decode()


def test_what_a_phone_seals_is_opened_here() -> None:
    sealed = seal("孙先生您好。".encode(), owner="o", key="k")
    assert open_sealed(sealed, owner="o", key="k").decode() == "孙先生您好。"
    assert "孙先生".encode() not in sealed


def test_it_is_bound_to_its_owner_and_its_key() -> None:
    sealed = seal(b"x", owner="o", key="k")
    for owner, key in (("p", "k"), ("o", "l"), ("o k", "")):
        with pytest.raises(SealBroken):
            open_sealed(sealed, owner=owner, key=key)


@pytest.mark.parametrize("at", [0, 1, 64, 65, 76, 77, -1])
def test_a_changed_byte_is_noticed(at: int) -> None:
    sealed = bytearray(seal(b"x" * 40, owner="o", key="k"))
    sealed[at] ^= 1
    with pytest.raises(SealBroken):
        open_sealed(bytes(sealed), owner="o", key="k")


@pytest.mark.parametrize("length", [0, 1, 65, 77, 80])
def test_what_is_cut_off_is_refused(length: int) -> None:
    with pytest.raises(SealBroken):
        open_sealed(seal(b"x", owner="o", key="k")[:length], owner="o", key="k")


def test_the_first_key_seals_and_every_key_opens(settings: Settings) -> None:
    settings.DRAFT_KEYS = _key(b"a")
    before = seal(b"x", owner="o", key="k")
    settings.DRAFT_KEYS = f"{_key(b'b')},{_key(b'a')}"
    assert open_sealed(before, owner="o", key="k") == b"x"
    assert open_sealed(seal(b"y", owner="o", key="k"), owner="o", key="k") == b"y"
    settings.DRAFT_KEYS = _key(b"b")
    with pytest.raises(SealBroken):
        open_sealed(before, owner="o", key="k")


@pytest.mark.parametrize("byte", [b"\0", b"\xff"])
def test_any_32_bytes_make_a_key(settings: Settings, byte: bytes) -> None:
    settings.DRAFT_KEYS = _key(byte)
    assert open_sealed(seal(b"x", owner="o", key="k"), owner="o", key="k") == b"x"
