from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from geo.errors import TableBusy
from members.management.commands import build_community_stats as command
from members.models import NeedRule, PublishedFigures
from tests.conftest import Town
from tests.members import people


def test_build_figures_prints_what_it_built(town: Town) -> None:
    people.category("fridge")
    NeedRule.objects.create(code="tier", kind="price_tier", points=60, reason="x", reason_en="x")
    people.member(town.willow)
    out = StringIO()

    call_command("build_figures", today=date(2026, 11, 1), stdout=out)

    assert "needs: 1 of 1 members; neighbour lists: 0 of communities, 0 of regions" in out.getvalue()
    assert "statistics: 2 rows of communities, 4 of regions" in out.getvalue()
    assert PublishedFigures.objects.count() == 3


@pytest.mark.parametrize("name", ["rescore_needs", "build_figures"])
def test_too_many_rules_are_told_in_a_sentence(town: Town, name: str) -> None:
    for number in range(64):
        NeedRule.objects.create(code=f"r{number}", kind="price_tier", points=1, reason="x", reason_en="x")

    with pytest.raises(CommandError, match="at most 63 active need rules"):
        call_command(name, stdout=StringIO())


def test_rescore_needs_and_build_community_stats_print_counts(town: Town) -> None:
    people.category("fridge")
    out = StringIO()

    call_command("load_default_rules", stdout=out)
    call_command("rescore_needs", stdout=out)
    call_command("build_community_stats", stdout=out)

    assert "left out, their category is not in the catalogue: stove-for-hood" in out.getvalue()
    assert "needs: 0 of 0 members" in out.getvalue()
    assert "statistics: 2 rows of communities, 4 of regions" in out.getvalue()


def test_a_busy_table_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(**_: object) -> None:
        raise TableBusy(["members_communitystat"])

    monkeypatch.setattr(command, "build_community_stats", busy)
    with pytest.raises(CommandError, match="members_communitystat"):
        call_command("build_community_stats", stdout=StringIO())
