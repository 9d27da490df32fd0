from datetime import date, timedelta

import pytest

from members.actions.load_default_rules import load_default_rules
from members.actions.rescore_needs import rescore_needs
from members.models import Need, NeedRule
from tests.conftest import Town
from tests.members import people


@pytest.mark.django_db
def test_a_second_load_adds_nothing_and_leaves_the_administrators_changes() -> None:
    for code in ("fridge", "hood", "stove"):
        people.category(code)
    first = load_default_rules()
    NeedRule.objects.filter(code="moved").update(points=7)

    second = load_default_rules()

    assert first.created > 0
    assert first.left_out == second.left_out == ("premium-fridge-tier", "premium-washer-tier")
    assert (second.created, second.kept) == (0, first.created)
    assert NeedRule.objects.get(code="moved").points == 7


def test_planted_homes_get_the_needs_they_should(town: Town) -> None:
    today = date(2026, 11, 1)
    fridge, hood, stove = (people.category(code, lifetime_years=10) for code in ("fridge", "hood", "stove"))
    load_default_rules()
    worn, new, cook = (people.member(town.willow) for _ in range(3))
    people.purchase(worn, people.product(fridge), today - timedelta(days=11 * 366))
    people.event(worn, "repair", today - timedelta(days=90), fridge)
    people.purchase(new, people.product(fridge), today - timedelta(days=90))
    people.purchase(cook, people.product(hood), today - timedelta(days=4 * 366))

    rescore_needs(today=today)

    levels = {(need.member_id, need.category_id): need.level for need in Need.objects.all()}
    assert levels == {(worn.pk, fridge.pk): 3, (cook.pk, stove.pk): 3}
