"""The name of a message outside: opaque, unforgeable, made from (member, number) with a key and not stored.

One AES block over (6 zero bytes, number in 3, member's id in 7): 22 URL-safe characters. Providers echo it in
receipts, and it stands in unsubscribe and click links, so it must be readable for years: LINK_KEYS lists one
key or more, the first makes tokens, all read them. A guessed one fails the zero bytes but for one in 2^48.
"""

import base64
import binascii
from functools import cache

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings

_ZEROES = bytes(6)


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
    """22 URL-safe characters."""
    clear = _ZEROES + no.to_bytes(3, "big") + member_id.to_bytes(7, "big")
    block = _ciphers()[0].encryptor().update(clear)
    return base64.urlsafe_b64encode(block).rstrip(b"=").decode()


def read_token(text: str) -> tuple[int, int]:
    """(member id, number of the message). Raises NotAToken."""
    try:
        block = base64.b64decode(text.encode("ascii") + b"==", altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        raise NotAToken from None
    if len(block) != 16 or len(text) != 22:
        raise NotAToken
    for cipher in _ciphers():
        clear = cipher.decryptor().update(block)
        if clear.startswith(_ZEROES):
            return int.from_bytes(clear[9:], "big"), int.from_bytes(clear[6:9], "big")
    raise NotAToken
