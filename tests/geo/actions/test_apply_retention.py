from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import timezone
from django.utils.translation import override
from procrastinate.contrib.django import app

from geo.actions import apply_retention as action
from geo.jobs import apply_retention as nightly
from geo.models import RetentionRule
from geo.retention import RULES, declared
from salesapp.staff.models import Employee, SignInFamily, SpentRefresh
from tests.retention import outcomes

pytestmark = pytest.mark.django_db


@pytest.fixture
def families(alice: Employee) -> list[SignInFamily]:
    """Of ten, seven are past their end, by 1 to 7 days; each has a spent token."""
    now = timezone.now()
    found = [
        SignInFamily.objects.create(employee=alice, expires_at=now + timedelta(days=day, minutes=-1))
        for day in (*range(-7, 0), 1, 2, 3)
    ]
    for family in found:
        SpentRefresh.objects.create(jti=family.pk, family=family)
    return found


def test_rows_go_in_batches_and_their_own_with_them(
    families: list[SignInFamily], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(action, "BATCH_ROWS", 3)
    (outcome,) = outcomes("sign_ins")
    assert (outcome.table, outcome.rows) == ("staff_signinfamily", 7)
    assert outcome.oldest == families[0].expires_at
    assert set(SignInFamily.objects.values_list("pk", flat=True)) == {family.pk for family in families[7:]}
    assert SpentRefresh.objects.count() == 3


def test_a_simulation_counts_and_deletes_nothing(families: list[SignInFamily]) -> None:
    (outcome,) = outcomes("sign_ins", simulate=True)
    assert (outcome.rows, outcome.oldest) == (7, families[0].expires_at)
    assert SignInFamily.objects.count() == 10


def test_the_administrators_days_count(families: list[SignInFamily]) -> None:
    RetentionRule.objects.update_or_create(name="sign_ins", defaults={"days": 4})
    (outcome,) = outcomes("sign_ins")
    assert (outcome.rows, outcome.days) == (4, 4)


def test_no_number_of_days_is_believed_beyond_its_bounds(families: list[SignInFamily]) -> None:
    rule = declared("access_entries")
    assert rule
    for days, held in ((0, rule.least), (10**6, rule.most)):
        RetentionRule.objects.update_or_create(name="access_entries", defaults={"days": days})
        (outcome,) = outcomes("access_entries", simulate=True)
        assert outcome.days == held
        row = RetentionRule.objects.get(name="access_entries")
        with override("en"), pytest.raises(ValidationError, match="Between 183 and 3660"):
            row.clean()


@pytest.mark.django_db(transaction=True)
def test_the_night_applies_them(families: list[SignInFamily]) -> None:
    assert ("apply_retention", "") in app.periodic_registry.periodic_tasks
    nightly(timestamp=0)
    assert SignInFamily.objects.count() == 3


def test_the_command_tells_what_went_and_since_when(families: list[SignInFamily]) -> None:
    def said(**options: bool) -> str:
        out = StringIO()
        call_command("apply_retention", stdout=out, **options)
        return next(line for line in out.getvalue().splitlines() if line.startswith("sign_ins"))

    since = f"since {timezone.localtime(families[0].expires_at):%Y-%m-%d}"
    assert f"staff_signinfamily: 7 would go, {since}" in said(simulate=True)
    assert f"staff_signinfamily: 7 gone, {since}" in said()
    assert said().endswith("staff_signinfamily: 0 gone")


def test_every_rule_is_sound_and_has_its_row() -> None:
    assert len(RULES) >= 12
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.least <= rule.days <= rule.most
        assert str(rule.why)
    assert set(RetentionRule.objects.values_list("name", flat=True)) == {rule.name for rule in RULES}
