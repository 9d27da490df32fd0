"""What is suggested to say, from the same facts as the rest of the portrait."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override

from members.actions.look_up_member import look_up_member
from members.models import Member, Need, NeedRule, Product
from members.queries import portrait
from members.queries.neighbours import Nearness, NeighbourModel
from salesapp.staff.models import Employee
from tests.builders import make_category, make_member, make_product, make_purchase, make_sun
from tests.conftest import Town

SUN = "15400001234"


@pytest.fixture
def sun(town: Town) -> Member:
    return make_sun(town.willow, SUN, level=3, score=60)


def said(alice: Employee) -> str | None:
    with override("en"):
        return look_up_member(by=alice, phone=SUN, reason="counter")["say"]


def bought_by_neighbours(monkeypatch: pytest.MonkeyPatch, *models: Product) -> None:
    def neighbours(*, category_ids: list[int], **_home: Any) -> dict[int, list[NeighbourModel]]:
        return {
            category: [NeighbourModel(m.pk, Nearness.COMMUNITY) for m in models if m.category_id == category]
            for category in category_ids
        }

    monkeypatch.setattr(portrait, "neighbours", neighbours)


def years_since(year: int) -> int:
    return timezone.localdate().year - year


def test_it_speaks_of_the_strongest_need(alice: Employee, sun: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    hood = make_category("hood", "油烟机")
    Need.objects.create(member_id=sun.pk, category=hood, level=2, score=40, reasons=[])
    bought_by_neighbours(monkeypatch, make_product("HC-H1", hood), make_product("HC-420", make_category()))
    assert said(alice) == (
        f"You have had your fridge for {years_since(2010)} years."
        " Neighbours in your community often choose 海澄 HC-420. Shall we have a look?"
    )


def test_nobody_is_told_to_buy_what_stands_at_home(
    alice: Employee, sun: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = Product.objects.get(model="HC-318")
    bought_by_neighbours(monkeypatch, own, make_product("HC-420", make_category()))
    assert "海澄 HC-420" in (said(alice) or "")
    bought_by_neighbours(monkeypatch, own)
    assert (said(alice) or "").endswith("Shall we have a look at the new ones?")


def test_a_premium_appliance_at_home_gives_the_age(alice: Employee, sun: Member) -> None:
    premium = make_category("premium_fridge", "高端冰箱", premium_of=make_category())
    make_purchase(sun, make_product("KA-9", premium), date(2014, 5, 1))
    assert f"for {years_since(2014)} years" in (said(alice) or "")


def test_the_age_of_another_appliance_is_not_taken(alice: Employee, town: Town) -> None:
    member = make_member(town.willow, SUN)
    make_purchase(member, make_product("HC-H1", make_category("hood", "油烟机")))
    rule = NeedRule.objects.create(code="old", kind="appliance_age", low=1, points=50, reason="旧", reason_en="old")
    Need.objects.create(member_id=member.pk, category=make_category(), level=3, score=60, reasons=[rule.pk])
    assert said(alice) == "Your fridge has served you for a good while. Shall we have a look at the new ones?"


@pytest.mark.parametrize(("level", "speaks"), [(1, False), (2, True)])
def test_a_weak_need_is_not_spoken_of(alice: Employee, town: Town, level: int, speaks: bool) -> None:
    make_sun(town.willow, SUN, level=level, score=20)
    assert (said(alice) is not None) == speaks


def test_nothing_is_said_of_who_is_not_shown(alice: Employee, sun: Member) -> None:
    Member.objects.filter(pk=sun.pk).update(refuses_profiling=True)
    assert said(alice) is None
