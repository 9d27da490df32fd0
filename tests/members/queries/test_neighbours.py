from datetime import date, timedelta
from random import Random

import pytest
from django.db import connection

from members.actions.build_neighbour_lists import build_neighbour_lists
from members.models import Category, NeighbourList, Product, PublishedFigures, Purchase
from members.queries.neighbours import Nearness, neighbours
from members.scoring.neighbours import HALF_LIFE_YEARS, SHRINK
from tests.conftest import Town
from tests.members import people

TODAY = date(2026, 11, 1)
NOBODY = -999


def bought(town: Town, product: Product, households: range, where: str = "willow", days_ago: int = 30) -> None:
    for household in households:
        buyer = people.member(getattr(town, where), household)
        people.purchase(buyer, product, TODAY - timedelta(days=days_ago))


def listed(
    town: Town, category: Category, where: str = "willow", household: int = NOBODY, limit: int = 3
) -> list[tuple[str, int]]:
    """(model, nearness) as the counter reads them."""
    build_neighbour_lists(today=TODAY)
    community = getattr(town, where)
    found = neighbours(
        community_id=community.pk, district_id=community.district_id, city_id=community.city_id, household=household,
        category_ids=[category.pk], limit=limit,
    )  # fmt: skip
    names = dict(Product.objects.values_list("pk", "model"))
    return [(names[model.product_id], model.nearness) for model in found.get(category.pk, [])]


def test_a_model_is_named_from_five_households_on(town: Town) -> None:
    fridge = people.category("fridge")
    bought(town, people.product(fridge, "four"), range(1, 5))
    bought(town, people.product(fridge, "five"), range(11, 16))

    assert listed(town, fridge) == [("five", Nearness.COMMUNITY)]


def test_one_household_that_buys_five_times_is_one(town: Town) -> None:
    fridge = people.category("fridge")
    one = people.product(fridge, "one")
    for _ in range(5):
        bought(town, one, range(1, 2))

    assert listed(town, fridge) == []


def test_the_level_says_how_near_five_households_are(town: Town) -> None:
    fridge = people.category("fridge")
    bought(town, people.product(fridge, "here"), range(1, 6))
    bought(town, people.product(fridge, "city"), range(11, 14))
    bought(town, Product.objects.get(model="city"), range(21, 24), "poplar")

    assert listed(town, fridge) == [("here", Nearness.COMMUNITY), ("city", Nearness.CITY)]
    assert listed(town, fridge, "poplar") == [("city", Nearness.CITY), ("here", Nearness.CITY)]


def test_what_the_neighbours_buy_comes_before_what_the_city_buys(town: Town) -> None:
    fridge = people.category("fridge")
    bought(town, people.product(fridge, "south"), range(100, 160), "poplar")
    bought(town, people.product(fridge, "north"), range(300, 350))

    assert listed(town, fridge)[0] == ("north", Nearness.COMMUNITY)
    assert listed(town, fridge, "poplar")[0] == ("south", Nearness.COMMUNITY)


def test_recent_purchases_weigh_more(town: Town) -> None:
    fridge = people.category("fridge")
    bought(town, people.product(fridge, "old"), range(1, 8), days_ago=9 * 365)
    bought(town, people.product(fridge, "new"), range(11, 17))

    assert [model for model, _ in listed(town, fridge)] == ["new", "old"]


def test_models_no_longer_sold_are_left_out(town: Town) -> None:
    fridge = people.category("fridge")
    bought(town, people.product(fridge, "gone", is_sold=False), range(1, 9))
    bought(town, people.product(fridge, "sold"), range(11, 16))

    assert [model for model, _ in listed(town, fridge)] == ["sold"]


def test_of_five_households_the_own_one_sees_only_four_others(town: Town) -> None:
    fridge = people.category("fridge")
    bought(town, people.product(fridge, "five"), range(1, 6))
    bought(town, Product.objects.get(model="five"), range(11, 12), "poplar")

    assert listed(town, fridge) == [("five", Nearness.COMMUNITY)]
    assert listed(town, fridge, household=1) == [("five", Nearness.CITY)]


def test_a_model_that_only_the_own_household_makes_five_is_not_named_at_all(town: Town) -> None:
    fridge = people.category("fridge")
    bought(town, people.product(fridge, "five"), range(1, 6))

    assert listed(town, fridge, household=1) == []


def test_a_home_in_no_known_community_reads_the_countrys_list(town: Town) -> None:
    fridge = people.category("fridge")
    bought(town, people.product(fridge, "five"), range(1, 6))
    build_neighbour_lists(today=TODAY)

    found = neighbours(community_id=None, district_id=None, city_id=None, household=NOBODY, category_ids=[fridge.pk])

    assert [model.nearness for model in found[fridge.pk]] == [Nearness.COUNTRY]


def test_a_purchase_that_stays_hidden_changes_no_published_row(town: Town) -> None:
    fridge = people.category("fridge")
    hidden = people.product(fridge, "hidden")
    bought(town, people.product(fridge, "seen"), range(1, 9))
    bought(town, hidden, range(11, 14))

    def rows() -> list[tuple[object, ...]]:
        build_neighbour_lists(today=TODAY)
        return list(
            NeighbourList.objects.order_by("place_id").values_list(
                "products", "place_id", "levels", "totals", "households", "weights"
            )
        )

    before = rows()
    bought(town, hidden, range(14, 15))

    assert len(before) == 4
    assert rows() == before
    assert PublishedFigures.objects.get(kind="neighbours").build == 2
    assert not NeighbourList.objects.filter(products__contains=[hidden.pk]).exists()


@pytest.mark.parametrize("seed", range(6))
def test_leaving_the_own_household_out_is_as_if_it_had_never_bought(town: Town, seed: int) -> None:
    """The reader's figures against lists built without the household's purchases."""
    random = Random(seed)
    fridge = people.category("fridge")
    products = [people.product(fridge, f"m{number}") for number in range(5)]
    for household in range(1, 60):
        buyer = people.member(random.choice([town.willow, town.poplar]), household)
        for product in random.sample(products, random.choice([1, 1, 2])):
            people.purchase(buyer, product, TODAY - timedelta(days=random.randrange(3000)))
    compared = 0
    for household in random.sample(range(1, 60), 6):
        where = "willow" if Purchase.objects.filter(household=household)[0].community_id == town.willow.pk else "poplar"
        left_out = listed(town, fridge, where, household=household, limit=5)
        kept = list(Purchase.objects.filter(household=household))
        Purchase.objects.filter(household=household).delete()
        assert listed(town, fridge, where, household=household, limit=5) == left_out
        Purchase.objects.bulk_create(kept)
        compared += len(left_out)
    assert compared


def test_shares_shrink_to_the_place_above(town: Town) -> None:
    """The ladder written out: a community's share from its own weight and its district's share."""
    fridge = people.category("fridge")
    a, b = people.product(fridge, "a"), people.product(fridge, "b")
    bought(town, a, range(1, 7), days_ago=0)
    bought(town, b, range(11, 41), "poplar", days_ago=0)
    build_neighbour_lists(today=TODAY)

    row = NeighbourList.objects.get(place_id=town.willow.pk)

    assert (row.half_life_years, row.shrink) == (HALF_LIFE_YEARS, SHRINK)
    assert row.totals == [6.0, 6.0, 36.0, 36.0]
    assert dict(zip(row.products, row.weights, strict=True)) == {a.pk: [6, 6, 6, 6], b.pk: [0, 0, 30, 30]}
    city = (6 + SHRINK * 6 / 36) / (36 + SHRINK)
    willow = (6 + SHRINK * (6 + SHRINK * city) / (6 + SHRINK)) / (6 + SHRINK)
    # 28 % in the community, so the district's neighbours still lead with what the city buys
    assert willow < 0.5
    assert row.products == [b.pk, a.pk]


def test_the_look_up_is_not_planned_anew_at_every_call(town: Town) -> None:
    """In a table of some size, where the choice between plans is not lost in the cost of planning itself."""
    fridge = people.category("fridge")
    bought(town, people.product(fridge, "here"), range(1, 6))
    build_neighbour_lists(today=TODAY)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            insert into members_neighbourlist (
                place_id, category_id, as_of, half_life_years, shrink, totals, products, levels, households, weights
            )
            select
                1000000 + place, category, as_of, half_life_years, shrink, totals, products, levels, households, weights
            from members_neighbourlist, generate_series(1, 1000) place, generate_series(1, 10) category
            where place_id = 0
            """
        )
        cursor.execute("analyze members_neighbourlist")
        for household in range(20):
            neighbours(
                community_id=town.willow.pk, district_id=town.willow.district_id, city_id=town.willow.city_id,
                household=household, category_ids=[fridge.pk],
            )  # fmt: skip
        cursor.execute(
            "select custom_plans, generic_plans from pg_prepared_statements where statement like '%array_position(%'"
        )
        [(planned, kept)] = cursor.fetchall()

    assert kept > planned
