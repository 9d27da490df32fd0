"""Which rows go when they have been kept for long enough; the apps add their rules to RULES in AppConfig.ready."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, QuerySet

Rows = QuerySet[Any]


def delete(rows: Rows) -> int:
    """How many of them went; what went along with them is not counted."""
    _, per_model = rows.delete()
    return per_model.get(rows.model._meta.label, 0)


@dataclass(frozen=True, slots=True)
class Retained:
    """Rows of one table: those that are over at ``before``, and the column or annotation that says since when."""

    model: type[Model]
    over: Callable[[datetime], Rows]
    aged_by: str
    forget: Callable[[Rows], int] = delete  # of one batch; gives how many rows
    at_once: Callable[[datetime], int] | None = None  # in place of batches, where whole parts of a table go


@dataclass(frozen=True, slots=True)
class Rule:
    """``days`` holds until an administrator says another number, between ``least`` and ``most``."""

    name: str
    days: int
    least: int
    most: int
    why: Any  # a lazy text: what is kept so long, and why not longer or shorter
    tables: tuple[Retained, ...]
    label: Any = ""  # a lazy text: what an administrator knows it by


RULES: list[Rule] = []


def declared(name: str) -> Rule | None:
    return next((rule for rule in RULES if rule.name == name), None)


def older(model: type[Model], column: str, **conditions: object) -> Retained:
    """Rows whose column is earlier than the moment, delete them."""
    return Retained(
        model, lambda before: model._default_manager.filter(**{f"{column}__lt": before}, **conditions), column
    )
