from datetime import UTC, datetime, timedelta, timezone

import pytest
from procrastinate.contrib.django import procrastinate_app

from members.actions import build_figures as building
from members.actions.build_figures import build_figures
from members.jobs import nightly_figures
from members.models import Category, CommunityStat, Need, NeedRule, PublishedFigures
from tests.conftest import Town
from tests.members import people


def test_the_worker_finds_the_nightly_run_at_half_past_two_in_shanghai() -> None:
    app = procrastinate_app.current_app
    (due,) = [task for task in app.periodic_registry.periodic_tasks.values() if task.task.name == "nightly_figures"]

    at = datetime.fromtimestamp(
        due.croniter.get_next(float, start_time=datetime(2026, 11, 1, tzinfo=UTC).timestamp()), UTC
    )

    assert app.tasks["nightly_figures"].queueing_lock == "nightly_figures"
    assert at.astimezone(timezone(timedelta(hours=8))).strftime("%H:%M") == "02:30"


def _plant(town: Town) -> Category:
    fridge = people.category("fridge")
    NeedRule.objects.create(code="tier", kind="price_tier", points=60, reason="x", reason_en="x")
    for _ in range(6):
        people.member(town.willow)
    return fridge


def test_a_nightly_run_publishes_needs_before_it_counts_them(town: Town) -> None:
    fridge = _plant(town)

    nightly_figures(timestamp=0)

    assert CommunityStat.objects.get(community_id=town.willow.pk, category=fridge).potential_buyers == 5
    assert dict(PublishedFigures.objects.values_list("kind", "build")) == {
        "needs": 1, "neighbours": 1, "community_stats": 1,
    }  # fmt: skip


def test_a_run_that_dies_midway_leaves_the_figures_it_did_not_reach(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    fridge = _plant(town)
    nightly_figures(timestamp=0)
    NeedRule.objects.update(points=10)

    def die(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(building, "build_neighbour_lists", die)
    with pytest.raises(KeyboardInterrupt):
        build_figures(today=datetime(2026, 11, 1, tzinfo=UTC).date())

    assert not Need.objects.exists()
    assert CommunityStat.objects.get(community_id=town.willow.pk, category=fridge).potential_buyers == 5
    assert PublishedFigures.objects.get(kind="community_stats").build == 1
