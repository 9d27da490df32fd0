"""How many messages an SMS text is on the air: 3GPP TS 23.038 (alphabets) and 23.040 (concatenation).

A text whose every character stands in the GSM 7-bit alphabet takes 160 septets, or 153 in each part of several;
any other is sent as UTF-16, 70 or 67 code units. A character of two units is never split between parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")  # an escape before each: two septets


class Encoding(StrEnum):
    GSM = "gsm"
    UCS2 = "ucs2"


_ROOM = {Encoding.GSM: (160, 153), Encoding.UCS2: (70, 67)}  # alone, in each part of several


@dataclass(frozen=True, slots=True)
class Length:
    """``units`` are septets or UTF-16 code units; an empty text has no segment."""

    encoding: Encoding
    units: int
    segments: int


def measure(text: str) -> Length:
    """The length of a text as the carrier counts it."""
    encoding, costs = _costs(text)
    alone, each = _ROOM[encoding]
    units = sum(costs)
    return Length(encoding, units, min(units, 1) if units <= alone else _parts(costs, each))


def most_segments(text: str) -> int:
    """No fewer than the segments of this text and of any that lacks some of its characters.

    They differ by the one unit that a part may leave empty before a character of two.
    """
    encoding, costs = _costs(text)
    alone, each = _ROOM[encoding]
    units = sum(costs)
    return min(units, 1) if units <= alone else -(-units // (each - (2 in costs)))


def _costs(text: str) -> tuple[Encoding, Sequence[int]]:
    if all(character in _BASIC or character in _EXTENSION for character in text):
        return Encoding.GSM, [1 + (character in _EXTENSION) for character in text]
    return Encoding.UCS2, [1 + (character > "\uffff") for character in text]


def _parts(costs: Sequence[int], each: int) -> int:
    parts, left = 0, 0
    for cost in costs:
        if cost > left:
            parts, left = parts + 1, each
        left -= cost
    return parts
