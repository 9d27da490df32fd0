from hypothesis import given
from hypothesis import strategies as st

from members.household import household_of


def test_members_of_one_door_share_a_household() -> None:
    one, other = (household_of(community_id=7, house="12-3-502", member_id=number) for number in (1, 2))
    assert one == other > 0


def test_another_door_or_community_is_another_household() -> None:
    doors = [(7, "12-3-502"), (7, "12-3-503"), (8, "12-3-502"), (71, "2-3-502")]
    assert len({household_of(community_id=place, house=house, member_id=1) for place, house in doors}) == len(doors)


def test_without_door_or_community_everybody_lives_alone() -> None:
    assert household_of(community_id=None, house="12-3-502", member_id=5) == -5
    assert household_of(community_id=7, house="", member_id=6) == -6


@given(st.integers(1, 2**31), st.text(min_size=1, max_size=12), st.integers(1, 2**63 - 1))
def test_a_household_fits_its_column(community: int, house: str, member: int) -> None:
    assert 0 < household_of(community_id=community, house=house, member_id=member) < 2**63
