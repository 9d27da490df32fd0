"""An employee's look-ups in the figures that the rules against harvesting ask for."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from geo.sql import load
from salesapp.staff.harvest import HABIT_DAYS, KNOWN_DAYS, LAST, SPAN_DAYS, Figures, Thresholds
from salesapp.staff.models import Employee, HarvestAlarm

NIGHT_BEGINS, NIGHT_ENDS = time(22), time(7)


def look_up_figures(employee: Employee, limits: Thresholds, *, now: datetime) -> Figures:
    """The figures as of ``now``. Habits are read on busy days and in busy weeks only."""
    today = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    lately = _row(
        "look_ups_lately", employee=employee.pk, now=now, since=now - timedelta(SPAN_DAYS), today=today,
        night=night_began(now) or now, last=LAST, numbers=limits.misses_of,
    )  # fmt: skip
    numbers, nobody, nearest, looked_up, at_night, week, strangers, known = lately
    seen = Figures(numbers, nobody, nearest, looked_up, at_night, week, strangers, known)
    if looked_up < min(limits.busy, limits.day or limits.busy) and (not limits.week or week < limits.week):
        return seen
    own, own_days, peers, peers_days, so_far, let_go, let_go_days = _row(
        "look_up_habits", employee=employee.pk, store=employee.store_id,
        region_path=employee.region.path if employee.region else None, now=now, today=today,
        habit_since=today - timedelta(HABIT_DAYS), peers_since=now - timedelta(SPAN_DAYS),
    )  # fmt: skip
    usual = _mean(peers, peers_days)
    rush = round(max(1.0, so_far / usual), 2) if usual and so_far else 1.0
    let_go = round(let_go / let_go_days, 1) if let_go_days else None
    return replace(seen, own=_mean(own, own_days), peers=usual, rush=rush, let_go=let_go)


def days_of_alarm(alarm: HarvestAlarm) -> tuple[date, date]:
    """The first and the last day of the look-ups that its rule is about."""
    last = timezone.localtime(alarm.at)
    began = {
        HarvestAlarm.Rule.MISSES: last - timedelta(SPAN_DAYS),
        HarvestAlarm.Rule.NEAR: last - timedelta(SPAN_DAYS),
        HarvestAlarm.Rule.STRANGERS: last - timedelta(SPAN_DAYS),
        HarvestAlarm.Rule.VOLUME: last - timedelta(SPAN_DAYS),
        HarvestAlarm.Rule.NIGHT: night_began(last),
    }.get(HarvestAlarm.Rule(alarm.rule))
    return (began or last).date(), last.date()


def _mean(look_ups: int, days: int) -> float | None:
    return round(look_ups / days, 1) if days >= KNOWN_DAYS else None


def night_began(now: datetime) -> datetime | None:
    """When the night began that it is then; None by day."""
    local = timezone.localtime(now)
    if local.time() >= NIGHT_BEGINS:
        return local.replace(hour=NIGHT_BEGINS.hour, minute=0, second=0, microsecond=0)
    if local.time() < NIGHT_ENDS:
        evening = local - timedelta(days=1)
        return evening.replace(hour=NIGHT_BEGINS.hour, minute=0, second=0, microsecond=0)
    return None


def _row(statement: str, **parameters: datetime | int | str | None) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(load("salesapp.staff", statement), parameters)
        row: tuple[Any, ...] = cursor.fetchone()
    return row
