"""The name of a message outside: opaque, unforgeable, made from (member, number) with a key and not stored.

One AES block over (5 zero bytes, what it is for, number in 3, member's id in 7): 22 URL-safe characters.
Providers echo it in receipts, and it stands in unsubscribe and click links, so it must be readable for years:
LINK_KEYS lists one key or more, the first makes tokens, all read them. A guessed one fails the known bytes but
for one in 2^48.

The name that staff see of a message is another one: it opens no link, so nobody can unsubscribe a member by it.
"""

import base64
import binascii
import re
from functools import cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings

_LINK, _STAFF = bytes(6), bytes(5) + b"\x01"
_in_link = re.compile(r"(?<=/[lu]/)[A-Za-z0-9_-]{22}")


class NotAToken(Exception):
    """The text is no name of a message of ours."""


@cache
def _ciphers() -> list[Cipher[modes.ECB]]:
    # A single block of unique input: ECB is a keyed permutation here, nothing repeats
    return [
        Cipher(algorithms.AES(base64.b64decode(key)), modes.ECB())  # noqa: S305
        for key in settings.LINK_KEYS.split(",")
    ]


def token(member_id: int, no: int) -> str:
    """For providers and links: 22 URL-safe characters that ``read_token`` reads."""
    return _token(_LINK, member_id, no)


def staff_name(member_id: int, no: int) -> str:
    """For screens and lists of staff: 22 URL-safe characters that no link and no receipt takes."""
    return _token(_STAFF, member_id, no)


def _token(known: bytes, member_id: int, no: int) -> str:
    clear = known + no.to_bytes(3, "big") + member_id.to_bytes(7, "big")
    block = _ciphers()[0].encryptor().update(clear)
    return base64.urlsafe_b64encode(block).rstrip(b"=").decode()


def read_token(text: str) -> tuple[int, int]:
    """(member id, number of the message) of a token. Raises NotAToken."""
    return _read(_LINK, text)


def read_staff_name(text: str) -> tuple[int, int]:
    """(member id, number of the message) of a staff name. Raises NotAToken."""
    return _read(_STAFF, text)


def for_staff(text: str) -> str:
    """What was written to a member, with staff names in its links."""

    def renamed(match: re.Match[str]) -> str:
        try:
            return staff_name(*read_token(match[0]))
        except NotAToken:
            return match[0]

    return _in_link.sub(renamed, text)


def _read(known: bytes, text: str) -> tuple[int, int]:
    try:
        block = base64.b64decode(text.encode("ascii") + b"==", altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise NotAToken from None
    if len(block) != 16 or len(text) != 22:
        raise NotAToken
    for cipher in _ciphers():
        clear = cipher.decryptor().update(block)
        if clear.startswith(known):
            return int.from_bytes(clear[9:], "big"), int.from_bytes(clear[6:9], "big")
    raise NotAToken
