from collections.abc import Collection

from geo.matching.communities import Home, Whereabouts, home_of, is_same_entry

KM = 1 / 111.32  # degrees of latitude


def at(*kilometres_north: float, districts: Collection[int] = ()) -> Whereabouts:
    return Whereabouts(set(districts), {(120.0, 36.0 + north * KM) for north in kilometres_north})


def test_near_points_are_the_same_in_two_districts() -> None:
    assert home_of(at(1.9, districts=[2]), [(1, at(0, districts=[1]))]) == 1


def test_points_apart_are_the_same_in_one_district_up_to_ten_kilometres() -> None:
    assert home_of(at(9, districts=[1]), [(1, at(0, districts=[1]))]) == 1
    assert home_of(at(11, districts=[1]), [(1, at(0, districts=[1]))]) is Home.NEW


def test_the_same_name_in_another_district_stays_apart() -> None:
    assert home_of(at(3, districts=[2]), [(1, at(0, districts=[1]))]) is Home.NEW
    assert home_of(at(districts=[2]), [(1, at(0, districts=[1]))]) is Home.NEW


def test_the_nearest_of_several_is_taken() -> None:
    assert home_of(at(1.2, districts=[1]), [(1, at(0, districts=[1])), (2, at(2, districts=[1]))]) == 2


def test_a_district_is_enough_where_there_is_no_point() -> None:
    known = [(1, at(0, districts=[1])), (2, at(districts=[2]))]
    assert home_of(at(districts=[1]), known) == 1
    assert home_of(at(5, districts=[2]), known) == 2


def test_two_in_the_district_are_ambiguous_for_a_row_without_a_point() -> None:
    assert home_of(at(districts=[1]), [(1, at(0, districts=[1])), (2, at(15, districts=[1]))]) is Home.AMBIGUOUS


def test_a_row_without_place_joins_the_only_one_and_is_else_ambiguous() -> None:
    one, other = (1, at(0, districts=[1])), (2, at(districts=[2]))
    assert home_of(at(), [one]) == 1
    assert home_of(at(), [one, other]) is Home.AMBIGUOUS
    assert home_of(at(), []) is Home.NEW


def test_a_community_without_place_is_adopted() -> None:
    assert home_of(at(districts=[2]), [(1, at()), (2, at(districts=[1]))]) == 1
    assert home_of(at(0), [(1, at())]) == 1


def test_entries_of_a_shared_database() -> None:
    assert is_same_entry("景泰西里", "景泰西里")
    assert is_same_entry("领秀新硅谷", "领秀新硅谷1号院")
    assert not is_same_entry("鹤沙航城549弄", "鹤沙航城550弄")
    assert not is_same_entry("臻园", "臻园小筑")
