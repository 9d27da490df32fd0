"""Mobile numbers of mainland China inside a text, in whatever spelling; here, because every app and the log look.

What reads one number is members.phone. This looks for any in what was typed, named or written down, and rather takes
something else for a number than a number for something else.
"""

import re
import unicodedata
from urllib.parse import unquote

# What people, and phones that copy, put between digits; its NFKC
_GAP = (
    r"[\s.。·•_'~()\[\]【】〔〕\-\u2010-\u2015\u2212\u301c"
    r"\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]{0,3}"
)
# Between the three groups of a number these as well. Anywhere, they would make numbers of the addresses of tiles
_BETWEEN = _GAP.replace(r"[\s", r"[/+\s")
_NUMBER = (
    rf"(?<!\d)(?:(?:\+|00)?86{_GAP})?(?:0{_GAP})?"
    rf"(?:1[3-9]\d{_BETWEEN}\d{{4}}{_BETWEEN}\d{{4}}|1{_GAP}[3-9](?:{_GAP}\d){{9}})(?!\d)"
)
# No number begins inside a UUID, a digest, or a day of this century
_SPARED = (
    r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b"
    r"|\b[0-9a-fA-F]{24,}\b"
    r"|(?<!\d)20\d\d(?P<point>[-./])\d{1,2}(?P=point)\d{1,2}(?!\d)"
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_in_text = re.compile(rf"{_SPARED}|(?P<number>{_NUMBER})")
# Operators must be able to read which machine was not reached
_in_log = re.compile(rf"{_SPARED}|(?<![\d.]){_OCTET}(?:\.{_OCTET}){{3}}(?![\d.])|(?P<number>{_NUMBER})")
# Most texts have fewer digits near each other, and are told apart from the rest ten times as fast
_eleven_digits = re.compile(r"\d(?:\D{0,3}\d){10}")
# In the name of a file, longer runs of digits are somebody's as well
_in_name = re.compile(r"(?<!\d)1[\s._-]?[3-9](?:[\s._-]?\d){9}|\d{11,}")
_other_digit = re.compile(r"[^\D0-9]")
_escape = re.compile(r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U00(0[0-9a-fA-F]{5}|10[0-9a-fA-F]{4}))")


def holds_number(text: str) -> bool:
    """Whether a mobile number stands in the text."""
    plain = _plain(text)
    return bool(_eleven_digits.search(plain)) and any(match["number"] for match in _in_text.finditer(plain))


def without_numbers(text: str) -> str:
    """The text with ``[number]`` for each mobile number; as it is where none stands in it.

    One that is written in escapes, of Python or of an address, is found as well.
    """
    for reading in (str, _unescaped, unquote):
        plain = _plain(reading(text))
        if not _eleven_digits.search(plain):
            continue
        replaced = _in_log.sub(lambda match: "[number]" if match["number"] else match[0], plain)
        if replaced != plain:
            text = replaced.encode(errors="replace").decode()
    return text


def name_without_numbers(name: str) -> str:
    """The name of a file with ``[number]`` for each mobile number and for every other run of 11 or more digits."""
    return _in_name.sub("[number]", without_numbers(name))


def _plain(text: str) -> str:
    """The text with its digits, of any script and width, as 0 to 9."""
    if text.isascii():
        return text
    return _other_digit.sub(lambda digit: str(unicodedata.decimal(digit[0])), unicodedata.normalize("NFKC", text))


def _unescaped(text: str) -> str:
    """As it was before ``\\uff11`` was written for a character."""
    return _escape.sub(lambda code: chr(int(code[1] or code[2] or code[3], 16)), text)
