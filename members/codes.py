"""Codes of six digits, and the secrets by which a browser is known; both are kept as keyed hashes alone.

They live for minutes or hours, so they stay with the first index key.
"""

import secrets
from datetime import timedelta

from members.vault import first_hash

DIGITS = 6
MOST_TRIES = 5
LIFE = timedelta(minutes=10)


def new_code() -> str:
    return f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"


def code_hash(verification: int, code: str) -> bytes:
    """Bound to the verification, so that equal codes do not show."""
    return first_hash("code", f"{verification}:{code}")


def new_secret() -> str:
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> bytes:
    return first_hash("browser", secret)
