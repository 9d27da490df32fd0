"""Keyed hashes and encryption of personal values.

Two keys, apart: the index key makes the hash an address is found by (every process has it), the data keys
open the values (importers and senders only; the web process runs without them).
"""

import base64
import hmac
import secrets
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

BIDX_BYTES = 16
_NONCE_BYTES = 12


class NoDataKey(Exception):
    """This process holds no data key, or not the one the value was encrypted with."""


@cache
def _index_key() -> bytes:
    return base64.b64decode(settings.INDEX_KEY)


def keyed_hash(purpose: str, value: str) -> bytes:
    """HMAC-SHA-256 of ``purpose:value`` under the index key, first 16 bytes. Purposes never collide."""
    return hmac.digest(_index_key(), f"{purpose}:{value}".encode(), "sha256")[:BIDX_BYTES]


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


def encrypt(value: bytes, associated: str) -> bytes:
    """Length of key id, key id, nonce, AES-GCM of the value with ``associated`` bound to it.

    ``associated`` names the place ("<member id>:<table>.<column>"): a ciphertext moved elsewhere does not
    open. Raises NoDataKey where there is no data key.
    """
    prefix, key = _writing_key()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return prefix + nonce + key.encrypt(nonce, value, associated.encode())


def decrypt(ciphertext: bytes, associated: str) -> bytes:
    """The value. Raises NoDataKey without its key, cryptography's InvalidTag when it was altered or moved."""
    length = ciphertext[0]
    key_id, rest = ciphertext[1 : 1 + length].decode(), ciphertext[1 + length :]
    try:
        key = _data_keys()[key_id]
    except KeyError:
        raise NoDataKey from None
    return key.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], associated.encode())
