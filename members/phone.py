"""Mobile numbers: many spellings, one canonical form (E.164), never printed by accident.

Numbers of mainland China are told by their shape alone, because prefixes are assigned anew every few years
and a number is no less somebody's for being new. Numbers from elsewhere go through phonenumbers and must say
their country: a bare foreign number is not guessed.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType, format_number, is_valid_number
from phonenumbers import number_type as type_of
from phonenumbers import parse as parse_foreign

from members.errors import NotAPhoneNumber
from members.vault import first_hash, hashes_of_all_generations, hashes_to_ask, keyed_hash

_MAX_SPELLING = 64  # longer texts are not looked at

_mainland = re.compile(r"1[3-9][0-9]{9}").fullmatch
# +86, 0086, 86 and the trunk zero that old address books carry: 0138…
_mainland_prefixed = re.compile(r"(?:(?:\+|00)?86)?0?(1[3-9][0-9]{9})").fullmatch
_foreign = re.compile(r"(?:\+|00)([1-9][0-9]{6,14})").fullmatch
# pandas writes a column of numbers with gaps as floats; shops write ="…" so that a spreadsheet keeps the digits
_number_as_float = re.compile(r"([0-9]{11,13})\.0+").fullmatch
_text_formula = re.compile(r'="([^"]*)"').fullmatch

_SEPARATORS = frozenset(".。·•_'~()[]【】〔〕")
_DROPPED_CATEGORIES = frozenset(
    {
        "Cf",  # zero-width characters and the direction marks that phones put around a copied number
        "Pd",  # dashes of any length
        "Zs",  # spaces of any width
    }
)
_MOBILE_TYPES = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


def _plain(text: str) -> str:
    """The spelling with digits of any script as 0 to 9 and without what people put between them."""
    if len(text) > _MAX_SPELLING:
        raise NotAPhoneNumber
    text = unicodedata.normalize("NFKC", text).strip()
    if formula := _text_formula(text):
        text = formula[1]
    text = text.removeprefix("tel:").removeprefix("'").strip()
    if number := _number_as_float(text):
        return number[1]
    characters = []
    for character in text:
        digit = unicodedata.decimal(character, None)
        if digit is not None:
            characters.append(str(digit))
        elif (
            character not in _SEPARATORS
            and unicodedata.category(character) not in _DROPPED_CATEGORIES
            and character != "\N{MINUS SIGN}"
        ):
            characters.append(character)
    return "".join(characters)


def _canonical(text: str) -> str:
    """E.164 with the plus. Raises NotAPhoneNumber."""
    if _mainland(text):
        return "+86" + text
    plain = _plain(text)
    if number := _mainland_prefixed(plain):
        return "+86" + number[1]
    if not (foreign := _foreign(plain)):
        raise NotAPhoneNumber
    try:
        parsed = parse_foreign("+" + foreign[1])
    except NumberParseException:
        # its text quotes the number
        raise NotAPhoneNumber from None
    if parsed.country_code == 86 or not is_valid_number(parsed) or type_of(parsed) not in _MOBILE_TYPES:
        raise NotAPhoneNumber
    return format_number(parsed, PhoneNumberFormat.E164)


@dataclass(frozen=True, slots=True, repr=False)
class PhoneNumber:
    """A mobile number. Neither str() nor repr() shows it; what needs the value says ``canonical``."""

    canonical: str

    @classmethod
    def parse(cls, text: str) -> "PhoneNumber":
        """The number behind any usual spelling. Raises NotAPhoneNumber, which carries no value."""
        return cls(_canonical(text))

    @property
    def bidx(self) -> bytes:
        """What ContactPoint stores: 16 bytes; see ``keyed_hash``."""
        return keyed_hash("phone", self.canonical)

    @property
    def thousand(self) -> int:
        """A keyed hash, 32 bits with a sign, of all but the last three digits: numbers close to each other share it."""
        return int.from_bytes(first_hash("thousand", self.canonical[:-3])[:4], "big", signed=True)

    @property
    def bidx_to_ask(self) -> list[bytes]:
        """What ContactPoint is found by."""
        return hashes_to_ask("phone", self.canonical)

    @property
    def first_bidx(self) -> bytes:
        """What rows that live for hours name the number by; ``members.vault.hashes_to_ask_for`` leads on from it."""
        return first_hash("phone", self.canonical)

    @property
    def every_bidx(self) -> list[bytes]:
        """What the log of reads may name the number by, whenever that was."""
        return hashes_of_all_generations("phone", self.canonical)

    @property
    def masked(self) -> str:
        """138****1234; of a foreign number its country code and the last four digits, of a short one the last two."""
        if self.canonical.startswith("+86"):
            return f"{self.canonical[3:6]}****{self.canonical[-4:]}"
        code = str(parse_foreign(self.canonical).country_code)
        shown = 4 if len(self.canonical) - len(code) - 1 >= 8 else 2
        return f"+{code} ****{self.canonical[-shown:]}"

    def __repr__(self) -> str:
        return "<PhoneNumber>"

    __str__ = __repr__


def canonical_numbers(texts: Iterable[str]) -> list[str | None]:
    """For imports: E.164 of each spelling, None where it is no number. Plain mainland spellings cost 0.2 µs each."""
    mainland = _mainland
    numbers: list[str | None] = []
    for text in texts:
        if mainland(text):
            numbers.append("+86" + text)
            continue
        try:
            numbers.append(_canonical(text))
        except NotAPhoneNumber:
            numbers.append(None)
    return numbers
