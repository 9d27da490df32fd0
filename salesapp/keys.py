"""Data keys as the environment brings them: in clear, wrapped under a key encryption key, or in a file."""

import base64
import binascii
from pathlib import Path

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

_LENGTH = 32
_WRAPPED = _LENGTH + 8  # RFC 3394


def read_data_keys(text: str, *, file: str, wrapped_under: str) -> str:
    """``name:key,name:key`` with every key in clear, from the text or, where that is empty, from the file.

    What cannot be read or unwrapped is left as it is: the checks say so (salesapp.E003).
    """
    if not text and file:
        try:
            text = Path(file).read_text().strip()
        except (OSError, UnicodeDecodeError):
            return "unreadable"
    return ",".join(_unwrapped(pair, wrapped_under) for pair in text.split(",")) if text else ""


def _unwrapped(pair: str, wrapped_under: str) -> str:
    name, _, key = pair.partition(":")
    try:
        sealed = base64.b64decode(key, validate=True)
        if len(sealed) != _WRAPPED or not wrapped_under:
            return pair
        return f"{name}:{base64.b64encode(aes_key_unwrap(base64.b64decode(wrapped_under), sealed)).decode()}"
    except (binascii.Error, ValueError, InvalidUnwrap):
        return pair


def wrap(key: str, *, under: str) -> str:
    """The key, in base64, as it may be kept beside a backup: AES key wrap of RFC 3394."""
    return base64.b64encode(aes_key_wrap(base64.b64decode(under), base64.b64decode(key))).decode()
