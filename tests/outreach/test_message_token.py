import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.message_token import NotAToken, for_staff, read_staff_name, read_token, staff_name, token

MEMBERS, NUMBERS = st.integers(1, 2**56 - 1), st.integers(1, 2**24 - 1)


@given(MEMBERS, NUMBERS)
def test_a_name_is_read_again_as_what_it_is_for(member_id: int, no: int) -> None:
    link, shown = token(member_id, no), staff_name(member_id, no)
    assert len(link) == len(shown) == 22
    assert read_token(link) == read_staff_name(shown) == (member_id, no)
    # What staff see opens no link
    with pytest.raises(NotAToken):
        read_token(shown)
    with pytest.raises(NotAToken):
        read_staff_name(link)


def test_links_in_a_text_are_renamed_for_staff_and_nothing_else_is() -> None:
    link, shown = token(7, 2), staff_name(7, 2)
    other = "https://shop.example.com/u/abcdefghijklmnopqrstuv/"
    text = "到货了 https://m.example.com/l/{0}?a 退订https://m.example.com/u/{0}拒收请回复R " + other
    assert for_staff(text.format(link)) == text.format(shown)


@given(st.text(max_size=30))
def test_anything_else_is_no_token(text: str) -> None:
    with pytest.raises(NotAToken):
        read_token(text)
