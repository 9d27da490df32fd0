import pytest

from salesapp.staff.typed import holds_address, sent_back


@pytest.mark.parametrize(
    "text",
    [
        "15400001234", "+8615400001234", "+86-154-0000-1234",
        "154 0000 1234", "154-0000-1234", "154.0000.1234", "１５４００００１２３４",
        "孙先生154 0000 1234", "VIP-15400001234", "0086-15400001234", "154/0000/1234",
        "sun@example.com", "?q=sun@example.com", "/x/15400001234/",
    ],
)  # fmt: skip
def test_a_number_or_an_address_is_not_sent_back(text: str) -> None:
    assert holds_address(text)
    assert sent_back(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "",
        "alice",
        "01234567",
        "冰箱换新 2026-11-22",
        "25400001234",
        "154000012345",
        "@",
        "b1545678-9012-4123-8123-154000012340",
    ],
)
def test_what_reaches_nobody_is(text: str) -> None:
    assert sent_back(text) == text
