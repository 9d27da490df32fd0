"""Keyed hashes and encryption of personal values.

Two keys, apart: the index key makes the hash an address is found by (every process has it), the data keys
open the values (importers and senders only; the web process runs without them). What members type into the web is
sealed to the public half of a data key (docs/adr/0014): from then on the web cannot read it either.
"""

import base64
import secrets
from collections.abc import Iterable, Sequence
from functools import cache

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from members.index_key import generation, generations_to_ask, keys

BIDX_BYTES = 16
_NONCE_BYTES = 12
_SEALED = b"\0"  # where other ciphertexts have the length of their key's id, which is never 0
_seal = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)  # RFC 9180
_AGAIN = "again"  # the purpose of hashing a hash


class NoDataKey(Exception):
    """This process holds no data key, or not the one the value was encrypted with."""


@cache
def _begun_hash(key: str, purpose: str) -> HMAC:
    """What all hashes of the purpose begin with: to copy it costs a third of beginning anew."""
    begun = HMAC(base64.b64decode(key), SHA256())
    begun.update(f"{purpose}:".encode())
    return begun


def _hashes(key: str, purpose: str, values: Iterable[bytes]) -> list[bytes]:
    begin = _begun_hash(key, purpose).copy
    hashes = []
    for value in values:
        found = begin()
        found.update(value)
        hashes.append(found.finalize()[:BIDX_BYTES])
    return hashes


def keyed_hash(purpose: str, value: str) -> bytes:
    """HMAC-SHA-256 of ``purpose:value`` under the index key, first 16 bytes. Purposes never collide.

    It is of the generation on file: whoever stores it does so inside ``steady_hashes``, whoever looks it up asks for
    ``hashes_to_ask``.
    """
    return keyed_hashes(purpose, [value.encode()])[0]


def keyed_hashes(purpose: str, values: Iterable[bytes]) -> list[bytes]:
    """``keyed_hash`` of each value, which is UTF-8."""
    first, *others = keys()[: generation()]
    hashes = _hashes(first, purpose, values)
    for key in others:
        hashes = _hashes(key, _AGAIN, hashes)
    return hashes


def hashes_to_ask(purpose: str, value: str) -> list[bytes]:
    """What the value may be on file as: its ``keyed_hash``, and while the index key is changed the one to come."""
    asked = generations_to_ask()
    return hashes_of_all_generations(purpose, value)[asked.start - 1 :]


def hashes_of_all_generations(purpose: str, value: str) -> list[bytes]:
    """The oldest first: for entries that no rotation may touch, like those of the log of reads."""
    return _and_later(first_hash(purpose, value))


def hashes_to_ask_for(first: bytes) -> list[bytes]:
    """As ``hashes_to_ask``, from the ``first_hash`` of the value."""
    return _and_later(first)[generations_to_ask().start - 1 :]


def hashes_of_all_generations_for(first: bytes) -> list[bytes]:
    """As ``hashes_of_all_generations``, from the ``first_hash`` of the value."""
    return _and_later(first)


def _and_later(first: bytes) -> list[bytes]:
    hashes = [first]
    for key in keys()[1:]:
        hashes += _hashes(key, _AGAIN, hashes[-1:])
    return hashes


def first_hash(purpose: str, value: str) -> bytes:
    """Under the first index key, whichever came after: for what must stay as it is and leads to no address."""
    return _hashes(keys()[0], purpose, [value.encode()])[0]


def next_hashes(hashes: Iterable[bytes], generation: int) -> list[bytes]:
    """From hashes of the generation before to those of this one; the values themselves are not needed."""
    return _hashes(keys()[generation - 1], _AGAIN, hashes)


def hashes_as_of_now(hashes: Iterable[bytes], since: int) -> list[bytes]:
    """Hashes that were noted when the generation ``since`` was on file, as those that are on file now."""
    found = list(hashes)
    for later in range(since + 1, generation() + 1):
        found = next_hashes(found, later)
    return found


@cache
def _data_keys() -> dict[str, AESGCM]:
    """Data keys by id; the first encrypts."""
    pairs = (pair.split(":", 1) for pair in settings.DATA_KEYS.split(",") if pair)
    return {key_id: AESGCM(base64.b64decode(key)) for key_id, key in pairs}


@cache
def _opening_keys() -> dict[str, X25519PrivateKey]:
    """The private half of each data key, by its id; the first is the one to seal to."""
    pairs = (pair.split(":", 1) for pair in settings.DATA_KEYS.split(",") if pair)
    halves = {}
    for key_id, key in pairs:
        derive = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"salesapp sealing key")
        halves[key_id] = X25519PrivateKey.from_private_bytes(derive.derive(base64.b64decode(key)))
    return halves


@cache
def _writing_key() -> tuple[bytes, AESGCM]:
    """What a new ciphertext begins with, and the key that makes it. Raises NoDataKey."""
    for key_id, key in _data_keys().items():
        name = key_id.encode()
        return bytes([len(name)]) + name, key
    raise NoDataKey


def contact_place(member_id: int) -> str:
    """What the ciphertext of a member's ContactPoint is bound to."""
    return f"{member_id}:contact_point.ciphertext"


def encrypt(value: bytes, associated: str) -> bytes:
    """Length of key id, key id, nonce, AES-GCM of the value with ``associated`` bound to it.

    ``associated`` names the place ("<member id>:<table>.<column>"): a ciphertext moved elsewhere does not
    open. Raises NoDataKey where there is no data key.
    """
    return encrypt_all([value], [associated])[0]


def encrypt_all(values: Sequence[bytes], associated: Iterable[str]) -> list[bytes]:
    """``encrypt`` of each value with the text beside it; the random nonces are drawn at once."""
    prefix, key = _writing_key()
    seal, nonces = key.encrypt, secrets.token_bytes(_NONCE_BYTES * len(values))
    ciphertexts = []
    for n, (value, place) in enumerate(zip(values, associated, strict=True)):
        nonce = nonces[n * _NONCE_BYTES : (n + 1) * _NONCE_BYTES]
        ciphertexts.append(prefix + nonce + seal(nonce, value, place.encode()))
    return ciphertexts


def sealing_key() -> tuple[str, bytes]:
    """(id, public half) of the data key that new values are sealed to. Raises NoDataKey."""
    for key_id, key in _opening_keys().items():
        return key_id, key.public_key().public_bytes_raw()
    raise NoDataKey


def seal(value: bytes, associated: str, *, key_id: str, public: bytes) -> bytes:
    """What ``decrypt`` opens with the data key of that id, made without any: 0, length of key id, key id, HPKE."""
    name = key_id.encode()
    sealed = _seal.encrypt(value, X25519PublicKey.from_public_bytes(public), associated.encode())
    return _SEALED + bytes([len(name)]) + name + sealed


def writing_prefix() -> bytes:
    """What ciphertexts of the data key that encrypts now begin with. Raises NoDataKey."""
    return _writing_key()[0]


def decrypt(ciphertext: bytes, associated: str) -> bytes:
    """The value. Raises NoDataKey without its key, cryptography's InvalidTag when it was altered or moved."""
    if ciphertext.startswith(_SEALED):
        return _unseal(ciphertext[1:], associated)
    length = ciphertext[0]
    key_id, rest = ciphertext[1 : 1 + length].decode(), ciphertext[1 + length :]
    try:
        key = _data_keys()[key_id]
    except KeyError:
        raise NoDataKey from None
    return key.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], associated.encode())


def _unseal(ciphertext: bytes, associated: str) -> bytes:
    length = ciphertext[0]
    key_id, sealed = ciphertext[1 : 1 + length].decode(), ciphertext[1 + length :]
    try:
        key = _opening_keys()[key_id]
    except KeyError:
        raise NoDataKey from None
    return _seal.decrypt(sealed, key, associated.encode())
