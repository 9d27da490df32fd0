"""Drafts sealed by a phone: what waits there for the network can be read here alone.

The phone seals to the public half of the first of DRAFT_KEYS: a key pair of one use on P-256, HKDF-SHA-256 over the
shared secret, AES-256-GCM. Sealed bytes are the point of that pair (65), the nonce (12), and the ciphertext, which
is bound to the phone's owner and to the draft's key. salesapp/static/phone/drafts.js has the other half.
"""

import base64
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings

_POINT, _NONCE = 65, 12
_PURPOSE = b"salesapp draft"
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256


class SealBroken(Exception):
    """Not sealed to a key of ours, altered, or moved to another owner or draft."""


@cache
def _keys(texts: str) -> list[EllipticCurvePrivateKey]:
    """Of DRAFT_KEYS: the first seals, all open."""
    numbers = (int.from_bytes(base64.b64decode(text)) for text in texts.split(","))
    return [derive_private_key(number % (_ORDER - 1) + 1, SECP256R1()) for number in numbers]


def _point(key: EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def seal_key() -> str:
    """The point that phones seal to, in base64."""
    return base64.b64encode(_point(_keys(settings.DRAFT_KEYS)[0].public_key())).decode()


def open_sealed(sealed: bytes, *, owner: str, key: str) -> bytes:
    """What was sealed for this owner and draft. Raises SealBroken."""
    point, nonce, ciphertext = sealed[:_POINT], sealed[_POINT : _POINT + _NONCE], sealed[_POINT + _NONCE :]
    try:
        sender = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError:
        raise SealBroken from None
    for private in _keys(settings.DRAFT_KEYS):
        salt = point + _point(private.public_key())
        secret = HKDF(SHA256(), 32, salt, _PURPOSE).derive(private.exchange(ECDH(), sender))
        try:
            return AESGCM(secret).decrypt(nonce, ciphertext, f"{owner} {key}".encode())
        except (InvalidTag, ValueError):
            continue
    raise SealBroken
