"""用户画像: what the counter shows of a member, masked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, TypedDict

from django.utils import timezone
from django.utils.translation import get_language

from members.masking import salutation
from members.models import Need, PublishedFigures
from members.phone import PhoneNumber
from members.public_id import public_id
from members.queries.catalogue import categories, products, published, reasons
from members.queries.neighbours import NeighbourModel, neighbours
from members.sentences import Reason, sentence

DAY_ZERO = date(2000, 1, 1)  # look_up.sql counts days from it
# 活跃度 by the last purchase or service event
ACTIVE_DAYS, QUIET_DAYS = 365, 3 * 365
# Neighbours are shown for needs of at least this level; a weak need is no reason to recommend
LEVEL_WORTH_NEIGHBOURS = Need.Level.FAIR


class Shown(TypedDict):
    """Who it is, as far as staff may see."""

    id: str | None
    title: str | None
    phone: str
    since: str | None


class ShownNeed(TypedDict):
    category: str
    name: str
    level: int
    label: str
    reasons: list[str]


class Owned(TypedDict):
    category: str
    name: str
    model: str
    year: int


class ShownModel(TypedDict):
    model: str
    brand: str
    name: str
    level: str


class NeighbourPreference(TypedDict):
    category: str
    name: str
    models: list[ShownModel]


class AsOf(TypedDict):
    needs: datetime | None
    neighbours: datetime | None


class Portrait(TypedDict):
    """The counter's answer. The same keys whether or not there is something to show.

    ``say`` is what to begin with, of the strongest need; None where none is worth speaking of.
    """

    found: bool
    member: Shown
    needs: list[ShownNeed]
    owns: list[Owned]
    activity: str | None
    neighbours: list[NeighbourPreference]
    say: str | None
    as_of: AsOf


def build_portrait(number: PhoneNumber, row: Sequence[Any] | None) -> Portrait:
    """The portrait of a row of look_up.sql, in the reader's language.

    Everything is made also when it may not be shown, and dropped at the end: the time does not tell.
    """
    dates = published()
    as_of: AsOf = {
        "needs": dates.get(PublishedFigures.Kind.NEEDS),
        "neighbours": dates.get(PublishedFigures.Kind.NEIGHBOURS),
    }
    nothing: Portrait = {
        "found": False,
        "member": {"id": None, "title": None, "phone": number.masked, "since": None},
        "needs": [],
        "owns": [],
        "activity": None,
        "neighbours": [],
        "say": None,
        "as_of": as_of,
    }
    if row is None:
        return nothing
    shown, member_id, surname, title, since, community, household, district, city, needs, bought, last_event = row
    needs = sorted(needs or [], key=_by_strength)
    owns = _latest(bought or [])
    wanted = [category for category, level, *_ in needs if level >= LEVEL_WORTH_NEIGHBOURS]
    preferred = neighbours(
        community_id=community, district_id=district, city_id=city, household=household, category_ids=wanted
    )
    portrait: Portrait = {
        "found": True,
        "member": {
            "id": public_id(member_id),
            "title": salutation(surname, title),
            "phone": number.masked,
            "since": f"{since:%Y-%m}",
        },
        "needs": _needs(needs),
        "owns": _owned(owns),
        "activity": _activity(last_event, owns),
        "neighbours": _neighbours(wanted, preferred),
        "say": _say(needs[0], owns, preferred) if wanted else None,
        "as_of": as_of,
    }
    return portrait if shown else nothing


def _by_strength(need: Sequence[int]) -> tuple[int, int]:
    return -need[2], need[0]


def _latest(bought: Iterable[Sequence[int]]) -> list[tuple[int, int, date]]:
    """(category, product, day) of the latest purchase in each category, the newest first."""
    latest: dict[int, tuple[int, int]] = {}
    for category, product, day in bought:
        latest[category] = max(latest.get(category, (day, product)), (day, product))
    return [
        (category, product, DAY_ZERO + timedelta(day))
        for category, (day, product) in sorted(latest.items(), key=lambda item: -item[1][0])
    ]


@cache
def _labels(language: str | None) -> dict[int, str]:
    """弱 一般 较强 强 by level; the language is the current one, named so that each is kept."""
    return {level.value: str(level.label) for level in Need.Level}


def _needs(rows: Iterable[Sequence[int]]) -> list[ShownNeed]:
    known, told, labels = categories(), reasons(), _labels(get_language())
    return [
        {
            "category": known[category].code,
            "name": known[category].name,
            "level": level,
            "label": labels[level],
            "reasons": [told[rule].words for rule in rules if rule in told],
        }
        for category, level, _, *rules in rows
        if category in known
    ]


def _owned(rows: Iterable[tuple[int, int, date]]) -> list[Owned]:
    known, models = categories(), products()
    return [
        {
            "category": known[category].code,
            "name": known[category].name,
            "model": models[product].model,
            "year": bought_on.year,
        }
        for category, product, bought_on in rows
        if category in known and product in models
    ]


def _neighbours(wanted: Sequence[int], preferred: Mapping[int, Sequence[NeighbourModel]]) -> list[NeighbourPreference]:
    known, models = categories(), products()
    return [
        {
            "category": known[category].code,
            "name": known[category].name,
            "models": [
                {
                    "model": models[model.product_id].model,
                    "brand": models[model.product_id].brand,
                    "name": models[model.product_id].name,
                    "level": model.nearness.name.lower(),
                }
                for model in preferred[category]
                if model.product_id in models
            ],
        }
        for category in wanted
        if category in known and category in preferred
    ]


def _say(
    need: Sequence[int],
    owns: Sequence[tuple[int, int, date]],
    preferred: Mapping[int, Sequence[NeighbourModel]],
) -> str | None:
    category, _level, _score, *rules = need
    known, told, models = categories(), reasons(), products()
    if category not in known:
        return None
    # A premium fridge at home is a fridge at home
    own = next((own for own in owns if own[0] in known and category in (own[0], known[own[0]].base_id)), None)
    # Nobody is told to buy what stands at home
    other = next(
        (m for m in preferred.get(category, ()) if m.product_id in models and not (own and m.product_id == own[1])),
        None,
    )
    others = [(told[rule].kind, known.get(told[rule].other_id or 0)) for rule in rules if rule in told]
    return sentence(
        category=known[category].name,
        reasons=[Reason(kind, entry.name if entry else "") for kind, entry in others],
        age=timezone.localdate().year - own[2].year if own else None,
        model=f"{models[other.product_id].brand} {models[other.product_id].model}" if other else "",
        nearness=other.nearness if other else None,
    )


def _activity(last_event: date | None, owns: Sequence[tuple[int, int, date]]) -> str | None:
    days = [last_event] if last_event else []
    days += [day for _, _, day in owns[:1]]
    if not days:
        return None
    quiet = (timezone.localdate() - max(days)).days
    return "active" if quiet <= ACTIVE_DAYS else "quiet" if quiet <= QUIET_DAYS else "dormant"
