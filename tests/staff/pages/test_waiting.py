import pytest
from django.utils.translation import override

from salesapp.staff.pages.waiting import in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (119, "119 seconds"),
        (120, "2 minutes"),
        (121, "3 minutes"),
        (7200, "2 hours"),
        (7201, "3 hours"),
    ],
)
def test_a_wait_is_told_in_units_one_can_grasp_and_never_too_short(seconds: int, words: str) -> None:
    with override("en"):
        assert in_words(seconds) == words
