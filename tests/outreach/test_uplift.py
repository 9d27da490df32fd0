import random

import pytest

from outreach.uplift import Uplift, uplift


def test_newcombes_own_example() -> None:
    # Newcombe 1998, example (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339
    assert uplift(56, 70, 48, 80, areas=0) == Uplift(points=20.0, low=5.2, high=33.4)


def test_one_who_bought_among_few_is_no_uplift_that_one_can_be_sure_of() -> None:
    found = uplift(1, 10, 0, 10, areas=0)
    assert found.low < 0 < found.high


@pytest.mark.parametrize("bought", [0, 10])
def test_nobody_and_everybody_have_an_interval_too(bought: int) -> None:
    found = uplift(bought, 10, bought, 10, areas=0)
    assert found.low < 0 < found.high


def test_the_interval_covers_the_truth_although_the_counts_are_in_fives() -> None:
    """Forty communities, each of whom counts every fifth as five: the promise is kept by what is shown."""
    draw = random.Random(3)
    share, held_share = 0.2, 0.1

    def shown(members: int, chance: float) -> tuple[int, int]:
        told = [0, 0]
        for _ in range(40):
            bought, place = sum(draw.random() < chance for _ in range(members)), draw.randrange(5)
            first = (bought + place) // 5 * 5
            told[0], told[1] = told[0] + first, told[1] + (members + place) // 5 * 5
        return told[0], told[1]

    def covered(areas: int) -> float:
        found = 0
        for _ in range(400):
            one = uplift(*shown(18, share), *shown(12, held_share), areas=areas)
            found += one.low <= 100 * (share - held_share) <= one.high
        return found / 400

    assert covered(40) >= 0.94
    assert covered(0) < 0.9
