import pickle
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.errors import NotAPhoneNumber
from members.phone import PhoneNumber, canonical_numbers
from members.vault import keyed_hash

OURS = "+8615412345678"

INVISIBLE = [
    "\u00ad", "\u061c", "\u180e", "\u200b", "\u200c", "\u200d", "\u200e", "\u200f", "\u202a", "\u202b",
    "\u202c", "\u202d",
    "\u202e", "\u2060", "\u2061", "\u2062", "\u2063", "\u2064", "\u2066", "\u2067", "\u2068", "\u2069",
    "\ufeff", "\u00a0",
    "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006", "\u2007", "\u2008",
    "\u2009", "\u200a",
    "\u202f", "\u205f", "\u3000",
]  # fmt: skip
BETWEEN = [
    " ", "  ", "-", "--", " - ", "\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212",
    "\ufe58", "\ufe63", "\uff0d",
    "\u301c", "\u30a0", ".", "..", "\uff0e", "\u3002", "\uff61", "\u00b7", "\u2022", "_", "\uff3f", "~",
    "\uff5e", "\u3000", "'",
]  # fmt: skip
# The digit nought in Arabic, Persian, N'Ko, Devanagari, Bengali, Gurmukhi, Gujarati, Oriya, Tamil, Telugu, Kannada,
# Malayalam, Thai, Lao, Tibetan, Myanmar, Khmer, Mongolian, full width, and five styles of mathematics
ZEROS = [
    0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xC66, 0xCE6, 0xD66, 0xE50, 0xED0, 0xF20,
    0x1040, 0x17E0,
    0x1810, 0xFF10, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6,
]  # fmt: skip
PREFIXES = [
    "86", "+86", "0086", "0", "+860", "00860", "860", "(86)", "(+86)", "+(86)", "(0086)", "86-", "+86-",
    "0086-", "86 ", "+86 ",
    "\uff0b86", "\uff0b\uff18\uff16", "\ufb2986", "\u207a86", "(0)", "+86(0)", "+86 (0) ", "\u3010+86\u3011",
]  # fmt: skip

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

# What phones, spreadsheets, chat programs and people make of it besides
NASTY = [
    # Spaces and marks that cannot be seen, around the number and inside it
    *(f"{mark}15412345678{mark}" for mark in INVISIBLE),
    *(f"154{mark}1234{mark}5678" for mark in INVISIBLE),
    *(f"+86{mark}154{mark}12345678" for mark in INVISIBLE),
    # What people put between groups
    *(f"154{mark}1234{mark}5678" for mark in BETWEEN),
    *(f"+86{mark}154{mark}1234{mark}5678" for mark in BETWEEN),
    *(f"0086{mark}15412345678" for mark in BETWEEN),
    # Digits of every script that has them
    *("".join(chr(zero + int(digit)) for digit in "15412345678") for zero in ZEROS),
    *("+86" + "".join(chr(zero + int(digit)) for digit in "15412345678") for zero in ZEROS),
    *("154" + "".join(chr(zero + int(digit)) for digit in "12345678") for zero in ZEROS),
    # Ways to say the country
    *(f"{prefix}15412345678" for prefix in PREFIXES),
    *(f"{prefix}154 1234 5678" for prefix in PREFIXES),
    *(f"tel:{prefix}154-1234-5678" for prefix in PREFIXES),
    # Groups of other lengths
    "1541 234 5678", "15 412 345 678", "154 123 456 78", "154123 45678", "1541234 5678", "15-41-23-45-67-8",
    "1-5-4-1-2-3-4-5-6-7-8", "(154) 1234 (5678)", "((154))12345678", "154((1234))5678", "154-(1234)-5678",
    # Spreadsheets and address books
    "15412345678.000", '="0086 15412345678"', "'+86 154 1234 5678", "' 15412345678",
    "tel: 154 1234 5678", "tel:0086-15412345678", " tel:15412345678 ",
    # Digits in circles, brackets, with a full stop, raised and lowered
    "①⑤④①②③④⑤⑥⑦⑧", "⑴⑸⑷⑴⑵⑶⑷⑸⑹⑺⑻", "⒈⒌⒋⒈⒉⒊⒋⒌⒍⒎⒏", "¹⁵⁴¹²³⁴⁵⁶⁷⁸", "₁₅₄₁₂₃₄₅₆₇₈", "+⁸⁶15412345678",
]  # fmt: skip

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
    # The digits of a Chinese number behind the code of another country are that country's
    "+15412345678": "+15412345678",
    "00 1 541 234 5678": "+15412345678",
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
    # Close to a number, and none
    "+86 15412345678.0", "008615412345678.0", "1️⃣5️⃣4️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7️⃣8️⃣", "📱15412345678",
    "15412345678📱", "154½2345678", "ⅩⅤⅣⅠⅡⅢⅣⅤⅥⅦⅧ",
    "壹伍肆壹贰叁肆伍陆柒捌", "〡〥〤〡〢〣〤〥〦〧〨", "O15412345678", "15412345678o", "1541234567８9",
    "86 86 15412345678", "+86 0 0 15412345678",
    "+8600 15412345678", "00 00 86 15412345678", "+ +86 15412345678", "+86+15412345678",
    "15412345678-15412345678", "15412345678x",
    "15412345678 ext 1", "15412345678,1", "15412345678:1", "15412345678\u20e3", "15412345678*",
    "*15412345678#", "15412345678?",
    "15412345678'; drop table members_member; --", "15412345678 or 1=1", "' or ''='", "1541234567\\8",
    "15412345678%00", "%2B8615412345678",
    "<b>15412345678</b>", "${15412345678}", "{{15412345678}}", "15412345678\r\nX: y", "\x0015412345678",
    "15412345678\u0000", "\ud800" "15412345678",
    "sip:15412345678", "wxid_15412345678", "mailto:15412345678@example.com", "phone=15412345678",
    "15412345678 孙", "孙15412345678", "nan", "NULL",
    "1.5412345678E+10", "1,541,234,5678", "0x39690DC4E", "15412345678e0", "-15412345678.5", "inf", "²",
    "10012345678", "11912345678", "12912345678",
    "1０", "+86 1541234567", "+86 154123456789", "0086 1541234567", "86154123456", "8615412345678 9",
    "400-154-1234", "0154-1234567", "021-15412345",
    "+861", "+8610086", "+86 10 6552 9988", "+86 400 699 9999", "+886 2 2720 8889", "+1 800 555 0199",
    "+44 20 7946 0958", "+٨٦", "٠", "１" * 63,
]  # fmt: skip


@pytest.mark.parametrize("spelling", dict.fromkeys([*SPELLINGS, *NASTY]), ids=ascii)
def test_every_spelling_gives_the_one_number_and_its_hash(spelling: str) -> None:
    assert PhoneNumber.parse(spelling).canonical == OURS
    assert PhoneNumber.parse(spelling).bidx == keyed_hash("phone", OURS)
    assert canonical_numbers([spelling]) == [OURS]


def test_the_table_is_long_enough_to_mean_something() -> None:
    assert len({*SPELLINGS, *NASTY}) >= 300
    assert len(set(NOT_NUMBERS)) >= 100


@pytest.mark.parametrize(("spelling", "canonical"), FOREIGN.items())
def test_a_foreign_mobile_number_needs_its_country(spelling: str, canonical: str) -> None:
    assert PhoneNumber.parse(spelling).canonical == canonical


@pytest.mark.parametrize("text", NOT_NUMBERS, ids=ascii)
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


def test_numbers_close_to_each_other_share_the_hash_of_their_thousand() -> None:
    one, near, far = (PhoneNumber.parse(number).thousand for number in ("15412345678", "15412345999", "15412346000"))
    assert one == near != far
    assert -(2**31) <= one < 2**31
    assert PhoneNumber.parse("+852 5123 4567").thousand == PhoneNumber.parse("+852 5123 4999").thousand


mainland = st.from_regex(r"\A1[3-9][0-9]{9}\Z")
separators = st.sampled_from(["", *BETWEEN, *INVISIBLE])
prefixes = st.sampled_from(["", *PREFIXES])
digits_of = st.sampled_from([0x30, *ZEROS])


@given(
    mainland, prefixes, st.lists(separators, min_size=11, max_size=11), st.lists(digits_of, min_size=11, max_size=11)
)
def test_spelling_does_not_matter(number: str, prefix: str, between: list[str], scripts: list[int]) -> None:
    spelled = "".join(chr(zero + int(digit)) + gap for digit, gap, zero in zip(number, between, scripts, strict=True))
    assert PhoneNumber.parse(prefix + spelled).bidx == keyed_hash("phone", "+86" + number)


@given(
    mainland,
    prefixes,
    st.integers(0, 10),
    st.sampled_from(["", "x", "O", ",", ";", "/", "*", "#", "😀", "\x00", "\n", "零"]),
)
def test_a_digit_that_is_missing_or_something_else_is_no_number(
    number: str, prefix: str, place: int, instead: str
) -> None:
    broken = prefix + number[:place] + instead + number[place + 1 :]
    with pytest.raises(NotAPhoneNumber):
        PhoneNumber.parse(broken)


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
