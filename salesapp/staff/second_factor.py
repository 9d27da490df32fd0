"""Codes of an authenticator app: TOTP by RFC 6238 with what every app expects, six digits, 30 seconds, SHA-1."""

import base64
import hmac
import secrets
from functools import cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from django.conf import settings

DIGITS, STEP_SECONDS = 6, 30
_SECRET_BYTES, _NONCE_BYTES = 20, 12


def new_secret() -> bytes:
    return secrets.token_bytes(_SECRET_BYTES)


def in_letters(secret: bytes) -> str:
    """The secret as apps let it be typed, in groups of four."""
    letters = base64.b32encode(secret).decode()
    return " ".join(letters[n : n + 4] for n in range(0, len(letters), 4))


def address_of(secret: bytes, *, account: str, issuer: str) -> str:
    """The otpauth:// address that apps read from a QR code."""
    return _totp(secret).get_provisioning_uri(account, issuer)


def step_of(secret: bytes, code: str, *, now: float) -> int | None:
    """The time step that the code is of: this one, the one before or the next (RFC 6238, 5.2). None: a wrong code."""
    typed = code.replace(" ", "").encode()
    this = int(now) // STEP_SECONDS
    for step in (this, this - 1, this + 1):
        if hmac.compare_digest(_totp(secret).generate(step * STEP_SECONDS), typed):
            return step
    return None


def seal(secret: bytes, employee_id: int) -> bytes:
    """For the database: whoever copies the table alone cannot make codes."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + _key(settings.TWO_FACTOR_KEY).encrypt(nonce, secret, str(employee_id).encode())


def unseal(sealed: bytes, employee_id: int) -> bytes:
    """Raises cryptography's InvalidTag for another employee's, and under another key."""
    return _key(settings.TWO_FACTOR_KEY).decrypt(
        sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], str(employee_id).encode()
    )


def _totp(secret: bytes) -> TOTP:
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # noqa: S303 # apps know no other


@cache
def _key(text: str) -> AESGCM:
    return AESGCM(base64.b64decode(text))
