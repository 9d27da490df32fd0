from datetime import date, timedelta
from random import Random

import pytest

from members.actions.rescore_needs import rescore_needs
from members.errors import TooManyRules
from members.models import Category, Need, NeedRule, PublishedFigures
from tests.conftest import Town
from tests.members import need_oracle, people

TODAY = date(2026, 3, 31)


def rule(code: str, kind: str, points: int, **fields: object) -> NeedRule:
    return NeedRule.objects.create(code=code, kind=kind, points=points, reason=code, reason_en=code, **fields)


def needs() -> dict[tuple[int, int], tuple[int, int, list[int]]]:
    return {(need.member_id, need.category_id): (need.score, need.level, need.reasons) for need in Need.objects.all()}


def test_an_appliance_past_its_lifetime_is_a_need_of_the_whole_household(town: Town) -> None:
    fridge = people.category("fridge", lifetime_years=10)
    old = rule("old", "appliance_age", 60, low=1.0)
    buyer, partner, stranger = (people.member(town.willow, household) for household in (7, 7, 8))
    people.purchase(buyer, people.product(fridge), TODAY - timedelta(days=3653))

    counts = rescore_needs(today=TODAY)

    assert needs() == {(one.pk, fridge.pk): (60, 3, [old.pk]) for one in (buyer, partner)}
    assert stranger.pk not in {member for member, _ in needs()}
    assert (counts.members, counts.needs, counts.by_level) == (2, 2, (0, 0, 2, 0))


def test_points_add_up_within_0_and_100_and_the_four_strongest_reasons_are_kept(town: Town) -> None:
    fridge = people.category("fridge")
    someone = people.member(town.willow)
    people.event(someone, "relocation", TODAY)
    rules = [rule(f"r{points}", "moving", points, months=6) for points in (10, 30, 50, 20, 40)]
    rule("against", "moving", -5, months=6)

    rescore_needs(today=TODAY)

    by_points = sorted(rules, key=lambda one: -one.points)
    assert needs() == {(someone.pk, fridge.pk): (100, 4, [one.pk for one in by_points[:4]])}


@pytest.mark.parametrize(("points", "level"), [(14, 0), (15, 1), (34, 1), (35, 2), (55, 3), (74, 3), (75, 4)])
def test_levels_begin_where_they_are_documented(town: Town, points: int, level: int) -> None:
    fridge = people.category("fridge")
    someone = people.member(town.willow)
    rule("tier", "price_tier", points, low=3, high=3)

    rescore_needs(today=TODAY)

    assert {key: found[1] for key, found in needs().items()} == ({(someone.pk, fridge.pk): level} if level else {})


def test_erased_members_and_those_who_refuse_profiling_have_no_needs_and_lend_no_purchases(town: Town) -> None:
    fridge = people.category("fridge")
    rule("old", "appliance_age", 60, low=0.5)
    refuses, erased, partner = (
        people.member(town.willow, 7, refuses_profiling=True),
        people.member(town.willow, 7, erased_at="2026-01-01T00:00Z"),
        people.member(town.willow, 7),
    )
    asked = people.member(town.willow, 8)
    for buyer in (refuses, erased, asked):
        people.purchase(buyer, people.product(fridge), date(2010, 1, 1))

    rescore_needs(today=TODAY)

    assert {member for member, _ in needs()} == {asked.pk}
    assert partner.pk != asked.pk


def test_a_premium_variant_counts_as_its_base_but_not_the_other_way_round(town: Town) -> None:
    fridge = people.category("fridge")
    premium = people.category("premium-fridge", premium_of=fridge)
    someone = people.member(town.willow)
    people.purchase(someone, people.product(fridge), date(2010, 1, 1))
    people.purchase(someone, people.product(premium), date(2026, 1, 1))
    rule("old", "appliance_age", 60, low=1.0)
    recent = rule("recent", "recent_purchase", 20, months=12)
    owner = rule("owner", "premium_owner", 30)

    rescore_needs(today=TODAY)

    assert needs() == {
        (someone.pk, fridge.pk): (20, 1, [recent.pk]),
        (someone.pk, premium.pk): (50, 2, [owner.pk, recent.pk]),
    }


def test_a_second_run_publishes_the_same_rows_as_the_next_build(town: Town) -> None:
    people.category("fridge")
    people.member(town.willow)
    rule("tier", "price_tier", 40)
    rescore_needs(today=TODAY)
    first, before = needs(), PublishedFigures.objects.get(kind="needs")

    rescore_needs(today=TODAY)

    after = PublishedFigures.objects.get(kind="needs")
    assert first
    assert needs() == first
    assert (after.build, after.as_of > before.as_of) == (before.build + 1, True)


def test_more_rules_than_the_scoring_can_hold_apart_are_refused_by_name(town: Town) -> None:
    people.category("fridge")
    for number in range(64):
        rule(f"r{number}", "price_tier", 1)

    with pytest.raises(TooManyRules, match="63"):
        rescore_needs(today=TODAY)


@pytest.mark.parametrize("seed", range(8))
def test_the_sql_agrees_with_the_score_written_out_in_python(town: Town, seed: int) -> None:
    random = Random(seed)
    for place in (town.willow, town.poplar):
        place.build_year = random.choice([None, 1990, 2005, 2016, 2026])
        place.price_tier = random.choice([None, 1, 2, 3, 4, 5])
        place.save()
    fridge = people.category("fridge", lifetime_years=10)
    premium = people.category("premium-fridge", lifetime_years=12, premium_of=fridge)
    hood, stove = people.category("hood", lifetime_years=8), people.category("stove", lifetime_years=7)
    categories = [fridge, premium, hood, stove]
    products = [people.product(one) for one in categories]
    rules = [_random_rule(number, random, categories) for number in range(14)]
    members = [
        people.member(random.choice([None, town.willow, town.poplar]), random.choice([None, *range(1, 30)]))
        for _ in range(60)
    ]
    homes: dict[int, need_oracle.Home] = {one.household: need_oracle.Home() for one in members}
    for _ in range(90):
        buyer, bought, day = random.choice(members), random.choice(products), _random_day(random)
        people.purchase(buyer, bought, day)
        homes[buyer.household].bought.append((bought.category_id, day))
    for _ in range(60):
        about, kind = random.choice(members), random.choice(["repair", "relocation", "renovation"])
        category = random.choice(categories) if kind == "repair" else None
        day = _random_day(random)
        people.event(about, kind, day, category)
        homes[about.household].events.append((kind, category.pk if category else None, day))

    rescore_needs(today=TODAY)

    kinds = [need_oracle.Kind(one.pk, one.lifetime_years, one.premium_of_id) for one in categories]
    plain = [
        need_oracle.Rule(
            one.pk, one.kind, one.points, one.category_id, one.other_id, one.low, one.high, one.months, one.is_active
        )
        for one in rules
    ]
    expected = {}
    for one in members:
        around = need_oracle.Place(one.community.build_year, one.community.price_tier) if one.community else None
        for plain_category in kinds:
            found = need_oracle.score(plain_category, kinds, plain, homes[one.household], around, TODAY)
            if found[1]:
                expected[one.pk, plain_category.id] = found
    assert expected
    assert needs() == expected


def _random_day(random: Random) -> date:
    """Any day of 18 years up to a year ahead, and often one that lies on a border of months."""
    border = need_oracle.months_from(TODAY, -random.choice([1, 12, 24, 36, 72]))
    return random.choice(
        [TODAY - timedelta(days=random.randrange(-365, 6570)), border, border + timedelta(days=1), TODAY]
    )


def _random_rule(number: int, random: Random, categories: list[Category]) -> NeedRule:
    kind = random.choice(NeedRule.Kind.values)
    low, high = {
        "appliance_age": (random.choice([None, 0.0, 0.5, 0.9]), random.choice([None, 1.2, 1.0])),
        "repairs": (random.choice([None, 1, 2]), None),
        "community_age": (random.choice([None, 5, 10]), random.choice([None, 21, 36])),
        "price_tier": (random.choice([None, 2, 4]), random.choice([None, 4, 5])),
    }.get(kind, (None, None))
    return rule(
        f"rule-{number}", kind, random.choice([-100, -30, -5, 0, 5, 15, 25, 40, 60, 100]), low=low, high=high,
        months=random.choice([1, 12, 24, 36]), category=random.choice([None, None, *categories]),
        other=random.choice(categories) if kind == "complement" else None, is_active=random.random() < 0.9,
    )  # fmt: skip


@pytest.mark.django_db
def test_without_rules_it_says_what_to_do() -> None:
    told: list[str] = []
    rescore_needs(today=TODAY, tell=told.append)
    assert "no need rules: load_default_rules first" in told
