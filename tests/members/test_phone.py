import pickle
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.errors import NotAPhoneNumber
from members.phone import PhoneNumber, canonical_numbers
from members.vault import keyed_hash

OURS = "+8615412345678"

SPELLINGS = [
    "15412345678",
    " 15412345678 ",
    "\t15412345678\r\n",
    "\ufeff15412345678",
    "\u200b154\u200b1234\u200b5678\u200b",
    "\u202d15412345678\u202c",
    "\u00a015412345678\u3000",
    "154 1234 5678",
    "154  1234  5678",
    "154\u20091234\u20095678",
    "1 5 4 1 2 3 4 5 6 7 8",
    "154-1234-5678",
    "154–1234–5678",
    "154—1234—5678",
    "154‑1234‑5678",
    "154−1234−5678",
    "154－1234－5678",
    "154.1234.5678",
    "154．1234．5678",
    "154。1234。5678",
    "154·1234·5678",
    "154•1234•5678",
    "154_1234_5678",
    "154~1234~5678",
    "(154)12345678",
    "（154）1234-5678",
    "[154]12345678",
    "【154】12345678",
    "１５４１２３４５６７８",
    "１５４ １２３４ ５６７８",
    "١٥٤١٢٣٤٥٦٧٨",
    "۱۵۴۱۲۳۴۵۶۷۸",
    "१५४१२३४५६७८",
    "๑๕๔๑๒๓๔๕๖๗๘",
    "1５4١2३45678",
    "𝟏𝟓𝟒𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖",
    "+8615412345678",
    "+86 154 1234 5678",
    "+86-154-1234-5678",
    "(+86)15412345678",
    "（+86）154 1234 5678",
    "+(86)15412345678",
    "＋８６１５４１２３４５６７８",
    "﹢8615412345678",
    "+86 (0) 154 1234 5678",
    "8615412345678",
    "86 154 1234 5678",
    "86-15412345678",
    "008615412345678",
    "0086 154 1234 5678",
    "0086-154-1234-5678",
    "(0086)15412345678",
    "００８６１５４１２３４５６７８",
    "015412345678",
    "0154 1234 5678",
    "tel:+86-154-1234-5678",
    "tel:15412345678",
    "'15412345678",
    '="15412345678"',
    '="+86 154 1234 5678"',
    "15412345678.0",
    "15412345678.00",
    "8615412345678.0",
]

FOREIGN = {
    "+852 5123 4567": "+85251234567",
    "00852-5123-4567": "+85251234567",
    "+886 912 345 678": "+886912345678",
    "+886 (0)912-345-678": "+886912345678",
    "+853 6612 3456": "+85366123456",
    "+65 8123 4567": "+6581234567",
    "+44 7400 123456": "+447400123456",
    "+1 201 555 0123": "+12015550123",
    "0012015550123": "+12015550123",
    "+８１ ９０ １２３４ ５６７８": "+819012345678",
}

NOT_NUMBERS = [
    "",
    " ",
    "\u200b",
    "0",
    "-",
    "+",
    "+86",
    "none",
    "无",
    "1541234567",
    "154123456789",
    "12412345678",
    "11012345678",
    "25412345678",
    "1541234567O",
    "l5412345678",
    "154****5678",
    "154xxxx5678",
    "1.5412E+10",
    "1.5412345678e10",
    "15412345678.5",
    "15412345678 15412345679",
    "15412345678,15412345679",
    "15412345678/15412345679",
    "15412345678;",
    "15412345678#2",
    "15412345678 转 5",
    "一五四一二三四五六七八",
    "手机15412345678",
    "++8615412345678",
    "+8615412345678+",
    "15412345678+",
    "+86 86 15412345678",
    "=cmd|' /C calc'!A0",
    '="=15412345678"',
    "0532-88880000",
    "+86 532 8888 0000",
    "4006999999",
    "95598",
    "10086",
    "51234567",
    "0912345678",
    "85251234567",
    "+852 2123 4567",
    "+999 123456789",
    "+0 15412345678",
    "+1 000 000 0000",
    "15412345678\x00",
    "1541234\x005678",
    "1" * 10_000,
    " " * 100 + "15412345678",
    "15412\n345678",
    "15412\u0300345678",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling_gives_the_one_number(spelling: str) -> None:
    assert PhoneNumber.parse(spelling).canonical == OURS


@pytest.mark.parametrize(("spelling", "canonical"), FOREIGN.items())
def test_a_foreign_mobile_number_needs_its_country(spelling: str, canonical: str) -> None:
    assert PhoneNumber.parse(spelling).canonical == canonical


@pytest.mark.parametrize("text", NOT_NUMBERS)
def test_anything_else_is_refused_without_its_value(text: str) -> None:
    with pytest.raises(NotAPhoneNumber) as caught:
        PhoneNumber.parse(text)
    assert str(caught.value) == ""
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_bulk_reading_agrees_with_single_reading() -> None:
    assert set(canonical_numbers(SPELLINGS)) == {OURS}
    assert canonical_numbers(FOREIGN) == list(FOREIGN.values())
    assert set(canonical_numbers(NOT_NUMBERS)) == {None}


def test_a_number_is_never_printed() -> None:
    number = PhoneNumber.parse("15412345678")
    for shown in (str(number), repr(number), f"{number}", f"{number!r}", "%s" % number, repr([number])):  # noqa: UP031
        assert "5412" not in shown
        assert "5678" not in shown


@pytest.mark.parametrize(
    ("spelling", "masked"),
    [
        ("154 1234 5678", "154****5678"),
        ("+852 5123 4567", "+852 ****4567"),
        ("+1 201 555 0123", "+1 ****0123"),
        ("+47 406 12 345", "+47 ****2345"),
        ("+298 211 234", "+298 ****34"),
    ],
)
def test_the_mask_keeps_little(spelling: str, masked: str) -> None:
    assert PhoneNumber.parse(spelling).masked == masked


def test_the_hash_is_the_vaults_over_the_canonical_form() -> None:
    assert PhoneNumber.parse("0086 154-1234-5678").bidx == keyed_hash("phone", OURS)
    assert PhoneNumber.parse("15412345679").bidx != keyed_hash("phone", OURS)


def test_a_number_is_a_value() -> None:
    number = PhoneNumber.parse("15412345678")
    assert number == PhoneNumber.parse("+86 15412345678")
    assert len({number, PhoneNumber.parse("8615412345678")}) == 1
    assert pickle.loads(pickle.dumps(number)) == number
    with pytest.raises(AttributeError):
        number.canonical = ""  # type: ignore[misc]


mainland = st.from_regex(r"\A1[3-9][0-9]{9}\Z")
separators = st.sampled_from(["", " ", "-", ".", "\u200b", "\u3000", "—", "·"])
prefixes = st.sampled_from(["", "86", "+86", "0086", "＋86", "+86 ", "(+86)", "0"])
digits_of = st.sampled_from([0x30, 0x660, 0x6F0, 0x966, 0xFF10])


@given(
    mainland, prefixes, st.lists(separators, min_size=11, max_size=11), st.lists(digits_of, min_size=11, max_size=11)
)
def test_spelling_does_not_matter(number: str, prefix: str, between: list[str], scripts: list[int]) -> None:
    spelled = "".join(chr(zero + int(digit)) + gap for digit, gap, zero in zip(number, between, scripts, strict=True))
    assert PhoneNumber.parse(prefix + spelled).canonical == "+86" + number


@given(st.text(max_size=80))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        number = PhoneNumber.parse(text)
    except NotAPhoneNumber:
        return
    assert PhoneNumber.parse(number.canonical) == number
    assert number.canonical.startswith("+")
    assert number.canonical[1:].isascii()
    assert number.canonical[1:].isdecimal()


@given(st.text(alphabet="0123456789+-. ()٣３", max_size=20))
def test_what_is_accepted_holds_the_digits_that_were_typed(text: str) -> None:
    try:
        number = PhoneNumber.parse(text)
    except NotAPhoneNumber:
        return
    typed = "".join(str(unicodedata.digit(c)) for c in text if c.isdigit())
    assert typed.endswith(number.canonical[-7:]) or typed[: typed.rfind("0")].endswith(number.canonical[-7:])


@given(mainland)
def test_the_mask_hides_four_digits_and_is_no_number_itself(number: str) -> None:
    masked = PhoneNumber.parse(number).masked
    assert masked == number[:3] + "****" + number[7:]
    with pytest.raises(NotAPhoneNumber):
        PhoneNumber.parse(masked)
