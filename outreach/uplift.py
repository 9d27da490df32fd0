"""Did it help? The difference of two shares with its interval."""

from dataclasses import dataclass
from math import sqrt

Z = 1.959964  # 95 per cent, two-sided


@dataclass(frozen=True, slots=True)
class Uplift:
    """Percentage points by which more of those written to bought, with a 95 per cent interval."""

    points: float
    low: float
    high: float


def uplift(bought: int, of: int, held_out_bought: int, held_out: int, *, areas: int) -> Uplift:
    """Newcombe's hybrid score interval (1998, method 10) for the difference of two independent shares.

    It keeps its promise for small shares, where the textbook's interval does not. The counts are shown ones, sums
    of ``areas`` communities, and the interval is as much wider as those can be off.
    """
    treated, control = bought / of, held_out_bought / held_out
    treated_low, treated_high = _wilson(*_worth(bought, of, areas))
    control_low, control_high = _wilson(*_worth(held_out_bought, held_out, areas))
    difference = treated - control
    return Uplift(
        points=round(100 * difference, 1),
        low=round(100 * (difference - sqrt((treated - treated_low) ** 2 + (control_high - control) ** 2)), 1),
        high=round(100 * (difference + sqrt((treated_high - treated) ** 2 + (control - control_low) ** 2)), 1),
    )


def _worth(hits: int, of: int, areas: int) -> tuple[float, float]:
    """The observations that a shown count is worth: its variance beside that of a count of as many.

    A community of r beyond a multiple of 5 shows five with a chance of r/5: a variance of r(5 - r), which is at most
    25/4, and at most four for each of the hits.
    """
    more = 1 + 6.25 * areas / max(hits, 6.25 * areas / 4, 1)
    return hits / more, of / more


def _wilson(hits: float, of: float) -> tuple[float, float]:
    """Wilson's score interval of one share."""
    share, weight = hits / of, Z * Z / of
    middle = (share + weight / 2) / (1 + weight)
    reach = Z / (1 + weight) * sqrt(share * (1 - share) / of + weight / (4 * of))
    return middle - reach, middle + reach
