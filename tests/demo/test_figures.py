"""What was planted comes out of the figures."""

from collections.abc import Iterable

import numpy as np
import pytest
from django.db import connection

from geo.models import Community
from members.models import Category, CommunityStat, Member, Need, NeedRule, Product, PublishedFigures
from members.queries.neighbours import Nearness, NeighbourModel, neighbours
from members.vault import keyed_hash
from salesapp.demo import catalogue, planted
from salesapp.demo.people import favourites
from salesapp.demo.planted import Cohort
from salesapp.demo.seed_town import seed_town
from tests.demo.conftest import Seeded

CODES = [plan.code for plan in catalogue.CATEGORIES]


def _communities(seeded: Seeded) -> list[Community]:
    """In the order of their numbers: that of their ids."""
    found = list(Community.objects.order_by("pk").select_related("district"))
    assert [community.name for community in found] == seeded.communities.names
    return found


def _members_of(seeded: Seeded, cohort: Cohort) -> list[int]:
    households = np.flatnonzero(seeded.batch.cohort == cohort)
    rows = np.isin(seeded.batch.household, households) & ~seeded.batch.refuses & ~seeded.batch.erased
    return [int(member) for member in seeded.batch.member_ids[rows]]


def _levels(members: Iterable[int], code: str) -> dict[int, int]:
    return dict(Need.objects.filter(category__code=code, member_id__in=list(members)).values_list("member_id", "level"))


def _lists_of(community: Community) -> dict[int, list[NeighbourModel]]:
    return neighbours(
        community_id=community.pk, district_id=community.district_id, city_id=community.city_id, household=0,
        category_ids=list(Category.objects.values_list("pk", flat=True)),
    )  # fmt: skip


def test_all_figures_are_published(seeded: Seeded) -> None:
    assert PublishedFigures.objects.count() == len(PublishedFigures.Kind)
    assert NeedRule.objects.exists()


@pytest.mark.parametrize(("cohort", "code"), planted.COHORT_NEEDS.items())
def test_planted_needs_come_out_as_potential_buyers(seeded: Seeded, cohort: Cohort, code: str) -> None:
    members = _members_of(seeded, cohort)
    levels = _levels(members, code)
    assert len(members) > 20
    # the household's own refusing member takes along what they alone bought
    unknown = set(members) - set(levels)
    assert len(unknown) <= 0.05 * len(members)
    assert min(levels.values()) >= Need.Level.STRONG


@pytest.mark.parametrize(("cohort", "code"), planted.COHORT_NEEDS.items())
def test_most_others_are_no_potential_buyers(seeded: Seeded, cohort: Cohort, code: str) -> None:
    others = _members_of(seeded, Cohort.NONE)
    strong = [level for level in _levels(others, code).values() if level >= Need.Level.STRONG]
    assert len(strong) < 0.15 * len(others)


def test_moving_and_renovating_are_named_as_reasons(seeded: Seeded) -> None:
    rules = dict(NeedRule.objects.values_list("pk", "kind"))
    for cohort, kind in ((Cohort.MOVED, "moving"), (Cohort.RENOVATING, "renovating")):
        members = _members_of(seeded, cohort)
        reasons = Need.objects.filter(member_id__in=members).values_list("member_id", "reasons")
        named = {member for member, codes in reasons if kind in {rules[code] for code in codes}}
        assert len(named) > 0.9 * len(members) > 20


def test_nobody_who_refuses_or_was_erased_has_a_need(seeded: Seeded) -> None:
    hidden = Member.objects.filter(refuses_profiling=True) | Member.objects.exclude(erased_at=None)
    assert hidden.count() > 20
    assert not Need.objects.filter(member_id__in=hidden.values("pk")).exists()


def test_planted_coverage_comes_out_of_the_statistics(seeded: Seeded) -> None:
    town, seen = seeded.communities, set()
    for number, community in enumerate(_communities(seeded)):
        for plan in planted.COVERAGE:
            if town.is_core[number] and town.kind[number] == plan.kind:
                stat = CommunityStat.objects.get(community_id=community.pk, category__code=plan.category)
                # counts are rounded to five, of 200 households and more
                assert stat.coverage == pytest.approx(100 * plan.share, abs=2)
                seen.add(plan.category)
    assert {"fridge"} <= seen


def test_premium_communities_own_more_premium_fridges(seeded: Seeded) -> None:
    tiers = dict(Community.objects.values_list("pk", "price_tier"))
    stats = CommunityStat.objects.filter(category__code="premium_fridge")
    shares: dict[bool, list[int]] = {True: [], False: []}
    for community, coverage in stats.values_list("community_id", "coverage"):
        if coverage is not None:
            shares[tiers[community] == 5].append(coverage)
    assert shares[True]
    assert max(shares[False], default=0) < max(shares[True])


def test_the_communitys_favourite_leads_its_list(seeded: Seeded) -> None:
    products = dict(Product.objects.values_list("pk", "model"))
    hits, own_hits, own_lists, lists = 0, 0, 0, 0
    for number, community in enumerate(_communities(seeded)):
        best = [
            catalogue.models()[model].model for model in favourites(number, int(seeded.communities.district[number]))
        ]
        for category_id, found in _lists_of(community).items():
            if found[0].nearness != Nearness.COMMUNITY:
                continue
            code = Category.objects.get(pk=category_id).code
            models = [products[model.product_id] for model in found]
            lists += 1
            hits += best[CODES.index(code)] == models[0]
            if planted.own_favourite(number, CODES.index(code), 12) is not None:
                own_lists += 1
                own_hits += best[CODES.index(code)] in models
    assert lists > 30
    assert own_lists > 3
    assert hits > 0.8 * lists
    assert own_hits > 0.8 * own_lists


def test_sun_needs_a_fridge_and_his_neighbours_show_one(seeded: Seeded) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select member_id from members_contactpoint where channel = 1 and bidx = %s",
            [keyed_hash("phone", f"+86{planted.STORY[0].phone}")],
        )
        (member_id,) = cursor.fetchone()
    needs = dict(Need.objects.filter(member_id=member_id).values_list("category__code", "level"))
    assert needs["fridge"] in (Need.Level.FAIR, Need.Level.STRONG)
    assert "premium_fridge" not in needs
    sun = Member.objects.select_related("community").get(pk=member_id)
    assert sun.community is not None
    fridge = Category.objects.get(code="fridge").pk
    found = neighbours(
        community_id=sun.community_id, district_id=sun.community.district_id, city_id=sun.community.city_id,
        household=sun.household, category_ids=[fridge],
    )  # fmt: skip
    assert len(found[fridge]) == 3
    assert found[fridge][0].nearness == Nearness.COMMUNITY


def test_figures_that_are_older_than_the_town_are_built_again(seeded: Seeded) -> None:
    said: list[str] = []
    PublishedFigures.objects.filter(kind="community_stats").delete()
    assert seed_town(plan=seeded.plan, fresh=False, say=said.append)
    assert said
    assert PublishedFigures.objects.count() == len(PublishedFigures.Kind)
    assert not seed_town(plan=seeded.plan, fresh=False, say=said.append)
