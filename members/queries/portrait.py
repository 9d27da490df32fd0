"""用户画像: what the counter shows of a member, masked."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, TypedDict

from members.masking import salutation
from members.models import Need, PublishedFigures
from members.phone import PhoneNumber
from members.public_id import public_id
from members.queries.catalogue import categories, products, published, reasons
from members.queries.neighbours import NeighbourModel, neighbours

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
    """The counter's answer. The same keys whether or not there is something to show."""

    found: bool
    member: Shown
    needs: list[ShownNeed]
    owns: list[Owned]
    activity: str | None
    neighbours: list[NeighbourPreference]
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
        "as_of": as_of,
    }
    if row is None:
        return nothing
    shown, member_id, surname, title, since, community, household, district, city, needs, owns, last_seen = row
    wanted = [category for category, level, _ in needs or [] if level >= LEVEL_WORTH_NEIGHBOURS]
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
        "needs": _needs(needs or []),
        "owns": _owned(owns or []),
        "activity": _activity(last_seen),
        "neighbours": _neighbours(wanted, preferred),
        "as_of": as_of,
    }
    return portrait if shown else nothing


def _needs(rows: Sequence[tuple[int, int, list[int]]]) -> list[ShownNeed]:
    known, words = categories(), reasons()
    return [
        {
            "category": known[category].code,
            "name": str(known[category].name),
            "level": level,
            "label": str(Need.Level(level).label),
            "reasons": [str(words[rule]) for rule in rules if rule in words],
        }
        for category, level, rules in rows
        if category in known
    ]


def _owned(rows: Sequence[tuple[int, int, str]]) -> list[Owned]:
    known, models = categories(), products()
    return [
        {
            "category": known[category].code,
            "name": str(known[category].name),
            "model": models[product].model,
            "year": int(bought_on[:4]),
        }
        for category, product, bought_on in rows
        if category in known and product in models
    ]


def _neighbours(wanted: Sequence[int], preferred: Mapping[int, Sequence[NeighbourModel]]) -> list[NeighbourPreference]:
    known, models = categories(), products()
    return [
        {
            "category": known[category].code,
            "name": str(known[category].name),
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


def _activity(last_seen: date | None) -> str | None:
    if last_seen is None:
        return None
    days = (date.today() - last_seen).days
    return "active" if days <= ACTIVE_DAYS else "quiet" if days <= QUIET_DAYS else "dormant"
