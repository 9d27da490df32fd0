import time

import pytest

from geo.phone_like import holds_number, without_numbers
from members.phone import PhoneNumber

SPELLINGS = [
    "15400001234", "+8615400001234", "8615400001234", "008615400001234", "0086-15400001234", "+86 015400001234",
    "015400001234", "+86-154-0000-1234", "154 0000 1234", "154-0000-1234", "154.0000.1234", "154_0000_1234",
    "(154)00001234", "(154) 0000-1234", "154 - 0000 - 1234", "154–0000—1234", "154·0000·1234", "154~0000~1234",
    "154\u200b0000\u200b1234", "\u202d15400001234\u202c", "1 5 4 0 0 0 0 1 2 3 4", "１５４００００１２３４",
    "（１５４）００００１２３４", "١٥٤٠٠٠٠١٢٣٤", "tel:15400001234", '="15400001234"', "15400001234.0",
]  # fmt: skip
# What stands around it, and what PhoneNumber would not read but a person does
MORE = [
    "VIP-15400001234", "a15400001234", "a15400001234b", "会员15400001234号", "9-15400001234", "154/0000/1234",
    "154+0000+1234", "/x/15400001234/", "2026-11-22 15400001234", "2026-11-22-15400001234",
    "b1545678-9012-4123-8123-154000012340 15400001234",
]  # fmt: skip
OTHERS = [
    "", "alice", "01234567", "2026-11-22", "冰箱换新 2026-11-22", "2026.11.13-2026.12.31 5折", "25400001234",
    "154000012345", "115400001234", "订单 1540000123456789", "1399.00 / 1499.00", "1,399 元", "双十一 1111",
    "b1545678-9012-4123-8123-154000012340", "B1545678-9012-4123-8123-A15400001234", "9f15400001234abcdef01234567",
    "/tiles/14/13666/6420", "16:36:56.154000", "400-600-1234",
]  # fmt: skip


@pytest.mark.parametrize("text", SPELLINGS)
def test_what_is_read_as_a_number_is_seen_inside_a_text(text: str) -> None:
    assert PhoneNumber.parse(text).canonical == "+8615400001234"
    for inside in (text, f"给{text}发", f"rejected <{text}>, try later"):
        assert holds_number(inside)
        assert "[number]" in without_numbers(inside)
        assert "1234" not in without_numbers(inside).translate(str.maketrans("１２３４١٢٣٤", "12341234"))


@pytest.mark.parametrize("text", MORE)
def test_whatever_stands_around_a_number_hides_it_not(text: str) -> None:
    assert holds_number(text)
    assert "[number]" in without_numbers(text)


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_no_number_stays(text: str) -> None:
    assert not holds_number(text)
    assert without_numbers(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (
            r"Not Found: /a/\uff11\uff15\uff14\uff10\uff10\uff10\uff10\uff11\uff12\uff13\uff14/",
            "Not Found: /a/[number]/",
        ),
        (r"/a/154\u200b0000\u200b1234/", "/a/[number]/"),
        (r"/a/154\xa00000\xa01234/ \ud800 \U99999999", "/a/[number]/ ? \\U99999999"),
        ("GET /a?q=154%200000%201234", "GET /a?q=[number]"),
        ("GET /a?q=%EF%BC%91%EF%BC%95400001234", "GET /a?q=[number]"),
        ("GET /a?q=154+0000+1234", "GET /a?q=[number]"),
        ("like '%15400001234%'", "like '%[number]%'"),
        ("no connection to 192.168.15.100:5432 for 15400001234", "no connection to 192.168.15.100:5432 for [number]"),
    ],
)
def test_escapes_hide_nothing_from_the_log_and_machines_stay_readable(text: str, left: str) -> None:
    assert without_numbers(text) == left


@pytest.mark.parametrize(
    "text", ["1" * 200_000, "15" * 100_000, "1 5-" * 50_000, "0086" * 50_000, "a1" * 100_000, "20"]
)
def test_a_long_text_takes_no_time(text: str) -> None:
    begun = time.process_time()
    holds_number(text)
    without_numbers(text)
    assert time.process_time() - begun < 2
