"""What look-ups look like when somebody gathers members: the rules and their thresholds, all of them.

A rule that holds stops the employee's look-ups until a person decides (HarvestAlarm). Figures come from the access
log alone: it has the hash of each number, the hash of its thousand, and whether it was somebody's, never a number. What
lies before the last decision about an employee is not held against them again.

HARVEST_THRESHOLDS changes thresholds ("near=20,night=0"); 0 switches a rule off.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace

from salesapp.staff.models import HarvestAlarm

Rule = HarvestAlarm.Rule

# The rules are held against the log at the first look-up of a day and every so many after it; at night at each
EVERY = 20
SPAN_DAYS = 7  # what is looked at: the last so many days,
LAST = 200  # and of them the last so many look-ups
HABIT_DAYS = 28  # an employee's habit is the mean of the active days among these
WEEK_OF_PEERS = 28  # four times what a colleague has on seven active days
LET_GO_DAY, LET_GO_WEEK = 2, 10  # times the mean of a day that somebody let go on: no alarm for more of the same
KNOWN_DAYS = 5  # fewer active days are no habit, neither one's own nor the colleagues'


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Each says from when on a rule holds."""

    # misses: of the last 60 different numbers, 45 are nobody's. At a counter most are members'; of random ones 2 % are.
    misses: int = 45
    misses_of: int = 60
    # near: so many different numbers of one thousand (1380013 8000 to 8999). Customers' numbers lie all over.
    near: int = 10
    # strangers: so many different numbers in 7 days are nobody's, and so many more for each 100 that are members'. Who
    # tries numbers far enough from each other, with a known member between, stands out by their count alone.
    strangers: int = 100
    strangers_more: int = 45
    # habit and peers: so many times the own mean of a day, or that of the region's colleagues; more on a day on which
    # they all have more to do; and busy in itself
    habit: int = 4
    peers: int = 8
    busy: int = 80
    # volume: so many a day where the colleagues' mean is unknown, or there are none; and so many in 7 days, or 28 times
    # the colleagues' mean of a day, more where they all have more to do, whatever the own habit is. A habit raises
    # these only when somebody let it go on
    day: int = 120
    week: int = 400
    # night: so many look-ups between 22:00 and 7:00
    night: int = 15


@dataclass(frozen=True, slots=True)
class Figures:
    """What the log says of an employee's look-ups now. ``own`` and ``peers`` are look-ups a day, None where unknown.

    ``let_go`` are those a day when somebody last decided that such volumes may go on, None where nobody did.
    ``rush`` is how many times their usual day the colleagues have behind them already; never below 1.
    """

    numbers: int  # the last different numbers, up to misses_of
    nobody: int  # of those
    nearest: int  # the most different numbers of one thousand
    today: int
    night: int
    week: int = 0
    strangers: int = 0  # different numbers of nobody in 7 days
    known: int = 0  # and of members
    own: float | None = None
    peers: float | None = None
    rush: float = 1.0
    let_go: float | None = None


def thresholds(said: Mapping[str, str]) -> Thresholds:
    """The thresholds with those of the setting put in. Raises ValueError for one that is unknown or no number."""
    known = {field.name for field in fields(Thresholds)}
    if set(said) - known or not all(value.isdecimal() for value in said.values()):
        raise ValueError("an unknown threshold, or not a number")
    return replace(Thresholds(), **{name: int(value) for name, value in said.items()})


def alarm(seen: Figures, limits: Thresholds) -> Rule | None:
    """The rule that holds; None for honest work."""
    if limits.misses and seen.numbers >= limits.misses_of and seen.nobody >= limits.misses:
        return Rule.MISSES
    if limits.near and seen.nearest >= limits.near:
        return Rule.NEAR
    if limits.strangers and seen.strangers >= limits.strangers + limits.strangers_more * seen.known / 100:
        return Rule.STRANGERS
    if limits.night and seen.night >= limits.night:
        return Rule.NIGHT
    if seen.today >= limits.busy:
        if limits.habit and seen.own is not None and seen.today > limits.habit * seen.own * seen.rush:
            return Rule.HABIT
        if limits.peers and seen.peers is not None and seen.today > limits.peers * seen.peers * seen.rush:
            return Rule.PEERS
    return Rule.VOLUME if _is_too_much(seen, limits) else None


def _is_too_much(seen: Figures, limits: Thresholds) -> bool:
    """Whatever the employee is used to."""
    let_go, peers = seen.let_go or 0.0, seen.peers or 0.0
    if limits.day and seen.peers is None and seen.today >= max(limits.day, LET_GO_DAY * let_go) * seen.rush:
        return True
    return bool(limits.week) and seen.week >= max(limits.week, LET_GO_WEEK * let_go, WEEK_OF_PEERS * peers * seen.rush)


def as_figures(seen: Figures, limits: Thresholds) -> dict[str, object]:
    """What is kept with an alarm."""
    return {"seen": asdict(seen), "thresholds": asdict(limits)}
