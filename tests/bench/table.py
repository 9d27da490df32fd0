"""Rows of the result, and how they are printed and judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from unicodedata import east_asian_width


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: what was measured, beside its floor. ``bar`` is of the ratio, or of ``measured`` without a floor.

    ``at_most``: the bar is a ceiling; otherwise a least. Without a bar the line informs.
    """

    what: str
    measured: float
    unit: str
    floor: float | None = None
    floor_is: str = ""
    bar: float | None = None
    at_most: bool = True

    @property
    def ratio(self) -> float | None:
        return self.measured / self.floor if self.floor else None

    @property
    def judged(self) -> float:
        return self.measured if self.ratio is None else self.ratio

    @property
    def is_over(self) -> bool:
        if self.bar is None:
            return False
        return self.judged > self.bar if self.at_most else self.judged < self.bar

    def cells(self) -> tuple[str, ...]:
        bar = ""
        if self.bar is not None:
            bar = f"{'≤' if self.at_most else '≥'} {_short(self.bar)}{' ×' if self.floor else f' {self.unit}'}"
        return (
            self.what,
            f"{_short(self.measured)} {self.unit}",
            f"{_short(self.floor)} {self.unit}" if self.floor else "",
            f"{self.ratio:.2f} ×" if self.ratio is not None else "",
            bar,
            "" if self.bar is None else "OVER" if self.is_over else "ok",
            self.floor_is,
        )


def _short(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.3g}"


def as_table(figures: Sequence[Figure]) -> str:
    rows = [("what", "measured", "floor", "ratio", "bar", "", "floor is"), *(figure.cells() for figure in figures)]
    widths = [max(_width(row[n]) for row in rows) for n in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell + " " * (width - _width(cell)) if n in {0, 5, 6} else " " * (width - _width(cell)) + cell
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "-" * sum(widths, start=2 * (len(widths) - 1)))
    return "\n".join(lines)


def _width(text: str) -> int:
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
