import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.public_id import NotAPublicId, member_id, public_id


@given(st.integers(0, 2**63 - 1))
def test_a_public_id_gives_its_member_back(number: int) -> None:
    text = public_id(number)
    assert len(text) == 22
    assert member_id(text) == number


@given(st.text(max_size=30))
def test_any_other_text_is_refused(text: str) -> None:
    with pytest.raises(NotAPublicId):
        member_id(text)


def test_neighbouring_members_have_nothing_in_common() -> None:
    assert sum(a == b for a, b in zip(public_id(1), public_id(2), strict=True)) < 12


@pytest.mark.parametrize("more", ["==", "==13812345678", "=", " ", "\n", "!"])
def test_an_id_has_one_spelling(more: str) -> None:
    with pytest.raises(NotAPublicId):
        member_id(public_id(7) + more)
