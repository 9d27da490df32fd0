"""What a rule of retention does to the tables of the test."""

from datetime import datetime, timedelta

from django.utils import timezone

from geo.actions.apply_retention import Outcome, apply_retention
from geo.retention import declared


def outcomes(rule: str, *, simulate: bool = False) -> list[Outcome]:
    return [outcome for outcome in apply_retention(simulate=simulate) if outcome.rule == rule]


def gone(rule: str) -> dict[str, int]:
    """Rows by table, after it was seen that a simulation tells the same and touches nothing."""
    told = {outcome.table: outcome.rows for outcome in outcomes(rule, simulate=True)}
    assert {outcome.table: outcome.rows for outcome in outcomes(rule, simulate=True)} == told
    assert {outcome.table: outcome.rows for outcome in outcomes(rule)} == told
    assert {outcome.rows for outcome in outcomes(rule, simulate=True)} == {0}
    return told


def around(rule: str) -> tuple[datetime, datetime]:
    """A moment that the rule's days are over for by a minute, and one that they are not."""
    found = declared(rule)
    assert found
    over = timezone.now() - timedelta(days=found.days)
    return over - timedelta(minutes=1), over + timedelta(minutes=1)
