import pytest

from outreach.uplift import Uplift, uplift


def test_newcombes_own_example() -> None:
    # Newcombe 1998, example (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339
    assert uplift(56, 70, 48, 80) == Uplift(points=20.0, low=5.2, high=33.4)


def test_one_who_bought_among_few_is_no_uplift_that_one_can_be_sure_of() -> None:
    found = uplift(1, 10, 0, 10)
    assert found.low < 0 < found.high


@pytest.mark.parametrize("bought", [0, 10])
def test_nobody_and_everybody_have_an_interval_too(bought: int) -> None:
    assert uplift(bought, 10, bought, 10).low < 0 < uplift(bought, 10, bought, 10).high
