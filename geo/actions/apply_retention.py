from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from geo.models import RetentionRule
from geo.retention import RULES, Retained, Rule

BATCH_ROWS = 5_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one table under one rule: so many rows went, or would go; the oldest was of then."""

    rule: str
    days: int
    table: str
    rows: int
    before: datetime
    oldest: datetime | None


def apply_retention(*, simulate: bool) -> list[Outcome]:
    """Delete what has been kept for as long as its rule says, table by table; with ``simulate`` only count.

    In batches, each a transaction, in the order of the primary key: one walk through each table. Days outside of a
    rule's bounds, however they came into the table, count as the bound.
    """
    days = dict(RetentionRule.objects.values_list("name", "days"))
    now = timezone.now()
    outcomes = []
    for rule in RULES:
        kept = max(rule.least, min(days.get(rule.name, rule.days), rule.most))
        before = now - timedelta(days=kept)
        outcomes += [_apply(rule, table, kept, before, simulate=simulate) for table in rule.tables]
    return outcomes


def _apply(rule: Rule, table: Retained, days: int, before: datetime, *, simulate: bool) -> Outcome:
    over = table.over(before)
    oldest = over.aggregate(oldest=Min(table.aged_by))["oldest"]
    rows = over.count() if simulate else _forget(table, before)
    return Outcome(rule.name, days, table.model._meta.db_table, rows, before, oldest)


def _forget(table: Retained, before: datetime) -> int:
    return table.at_once(before) if table.at_once else sum(_in_batches(table, before))


def _in_batches(table: Retained, before: datetime) -> Iterator[int]:
    last = None
    while True:
        with transaction.atomic():
            left = table.over(before).order_by("pk")
            if last is not None:
                left = left.filter(pk__gt=last)
            keys = list(left.values_list("pk", flat=True)[:BATCH_ROWS])
            if not keys:
                return
            # once more with the condition: a row may have been written to since
            yield table.forget(table.over(before).filter(pk__in=keys))
        last = keys[-1]
