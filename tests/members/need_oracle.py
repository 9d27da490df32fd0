"""The need score written out member by member, in plain Python: what the set-wise SQL must agree with."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True)
class Kind:
    """A category: ``premium_of`` is the id of its base."""

    id: int
    lifetime_years: int
    premium_of: int | None = None


@dataclass(frozen=True)
class Rule:
    id: int
    kind: str
    points: int
    category: int | None = None
    other: int | None = None
    low: float | None = None
    high: float | None = None
    months: int | None = None
    is_active: bool = True


@dataclass
class Home:
    """What is known of one household: (category, bought on), (kind, category or None, happened on)."""

    bought: list[tuple[int, date]] = field(default_factory=list)
    events: list[tuple[str, int | None, date]] = field(default_factory=list)


@dataclass(frozen=True)
class Place:
    build_year: int | None = None
    price_tier: int | None = None


def months_from(day: date, months: int) -> date:
    """The same day so many months later (earlier if negative), or the month's last day where it has none."""
    years, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + years, month + 1)[1]
    return date(day.year + years, month + 1, min(day.day, last))


def score(
    category: Kind, categories: Iterable[Kind], rules: Iterable[Rule], home: Home, place: Place | None, today: date
) -> tuple[int, int, list[int]]:
    """(score, level, reasons) of one member in one category."""
    base = {one.id: one.premium_of for one in categories}
    held = [rule for rule in rules if _holds(rule, category, base, home, place or Place(), today)]
    total = max(0, min(100, sum(rule.points for rule in held)))
    level = sum(total >= lowest for lowest in (15, 35, 55, 75))
    strongest = sorted((rule for rule in held if rule.points > 0), key=lambda rule: (-rule.points, rule.id))
    return total, level, [rule.id for rule in strongest][:4]


def _holds(rule: Rule, category: Kind, base: dict[int, int | None], home: Home, place: Place, today: date) -> bool:
    if not rule.is_active or rule.category not in (None, category.id):
        return False
    low = float("-inf") if rule.low is None else rule.low
    high = float("inf") if rule.high is None else rule.high
    owned = {
        own: max(day for bought, day in home.bought if own in (bought, base[bought]) and day <= today)
        for own in base
        if any(own in (bought, base[bought]) and day <= today for bought, day in home.bought)
    }
    latest = owned.get(category.id)
    since = months_from(today, -(rule.months or 0))
    if rule.kind == "appliance_age":
        return latest is not None and low <= (today - latest).days / (365.25 * category.lifetime_years) < high
    if rule.kind == "recent_purchase":
        return latest is not None and latest > since
    if rule.kind == "repairs":
        repairs = [
            day
            for kind, about, day in home.events
            if kind == "repair" and about is not None and category.id in (about, base[about])
            if since < day <= today and (latest is None or day >= latest)
        ]
        return len(repairs) >= max(1, 1 if rule.low is None else rule.low)
    if rule.kind == "complement":
        return rule.other in owned and latest is None
    if rule.kind in ("moving", "renovating"):
        event = {"moving": "relocation", "renovating": "renovation"}[rule.kind]
        until = months_from(today, rule.months or 0)
        return any(kind == event and since < day <= until for kind, _, day in home.events)
    if rule.kind == "community_age":
        return place.build_year is not None and low <= today.year - place.build_year < high
    if rule.kind == "price_tier":
        return place.price_tier is not None and low <= place.price_tier <= high
    if rule.kind == "premium_owner":
        return category.premium_of is not None and any(base[own] is not None for own in owned)
    raise AssertionError(rule.kind)
