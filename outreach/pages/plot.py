"""A row of bars, laid out on the server; colours and type are the style sheet's, by class."""

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 320, 96  # of the drawing; it scales with the page
_TOP, _BOTTOM, _GAP, _LEAST = 16, 18, 0.28, 2.0


@dataclass(frozen=True, slots=True)
class Bar:
    """``label`` is what it is of, ``value`` what it says; the numbers are SVG's."""

    label: str
    value: str
    x: str
    y: str
    width: str
    height: str
    middle: str
    named: bool
    highest: bool


@dataclass(frozen=True, slots=True)
class Plot:
    bars: list[Bar]
    most: int
    width: int = WIDTH
    height: int = HEIGHT
    ground: int = HEIGHT - _BOTTOM


def plot(numbers: Sequence[tuple[str, int, str]]) -> Plot:
    """Of (label, number, the number as it is said). The first, the last and some between are named below, the highest
    says its number.
    """
    most = max((number for _label, number, _said in numbers), default=0)
    step = WIDTH / max(len(numbers), 1)
    every = max(-(-len(numbers) // 4), 1)
    room = HEIGHT - _TOP - _BOTTOM
    highest = next((index for index, (_label, number, _said) in enumerate(numbers) if number == most and most), None)
    bars = []
    for index, (label, number, said) in enumerate(numbers):
        height = max(room * number / most, _LEAST) if number else 0.0
        bars.append(
            Bar(
                label=label, value=said, x=f"{step * (index + _GAP / 2):.1f}", y=f"{HEIGHT - _BOTTOM - height:.1f}",
                width=f"{step * (1 - _GAP):.1f}", height=f"{height:.1f}", middle=f"{step * (index + 0.5):.1f}",
                named=(len(numbers) - 1 - index) % every == 0, highest=index == highest,
            )
        )  # fmt: skip
    return Plot(bars, most)
