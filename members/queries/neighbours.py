"""Neighbour preference: which models the neighbours bought, never how many of them, who or when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from django.db import connection

from geo import sql


class Nearness(IntEnum):
    """The smallest place in which at least 5 other households bought the model."""

    COMMUNITY = 0
    DISTRICT = 1
    CITY = 2
    COUNTRY = 3


@dataclass(frozen=True, slots=True)
class NeighbourModel:
    product_id: int
    nearness: Nearness


def places(community_id: int | None, district_id: int | None, city_id: int | None) -> list[int]:
    """The keys of NeighbourList in which a home's list is looked for, nearest first."""
    known = [community_id, *(-region for region in (district_id, city_id) if region is not None), 0]
    return [place for place in known if place is not None]


def neighbours(
    *,
    community_id: int | None,
    district_id: int | None,
    city_id: int | None,
    household: int,
    category_ids: Sequence[int],
    limit: int = 3,
) -> dict[int, list[NeighbourModel]]:
    """Up to ``limit`` models per category, best first, the own household left out; one statement.

    A category without a model that at least 5 other households bought is absent.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            sql.load("members", "neighbours"),
            {
                "places": places(community_id, district_id, city_id),
                "household": household,
                "categories": list(category_ids),
                "models": limit,
            },
        )
        return by_category(cursor.fetchall())


def by_category(rows: Iterable[Any]) -> dict[int, list[NeighbourModel]]:
    """The rows of neighbours.sql, which come in no order, as lists."""
    found: dict[int, list[NeighbourModel]] = {}
    for category_id, product_id, level, _ in sorted(rows, key=lambda row: row[3]):
        found.setdefault(category_id, []).append(NeighbourModel(product_id, Nearness(level)))
    return found
