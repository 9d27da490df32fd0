"""Keyed hashes and encryption of personal values.

Two keys, apart: the index key makes the hash an address is found by (every process has it), the data keys
open the values (importers and senders only; the web process runs without them). Both can be changed:
docs/privacy.md.
"""

import base64
import secrets
from collections.abc import Iterable, Sequence
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings

from members.index_key import generation, generations_to_ask, keys

BIDX_BYTES = 16
_NONCE_BYTES = 12
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
    hashes = [first_hash(purpose, value)]
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


def writing_prefix() -> bytes:
    """What ciphertexts of the data key that encrypts now begin with. Raises NoDataKey."""
    return _writing_key()[0]


def decrypt(ciphertext: bytes, associated: str) -> bytes:
    """The value. Raises NoDataKey without its key, cryptography's InvalidTag when it was altered or moved."""
    length = ciphertext[0]
    key_id, rest = ciphertext[1 : 1 + length].decode(), ciphertext[1 + length :]
    try:
        key = _data_keys()[key_id]
    except KeyError:
        raise NoDataKey from None
    return key.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], associated.encode())
