import numpy as np
import pytest

from salesapp.demo import catalogue, outline, planted
from salesapp.demo.communities import Communities, lay_out
from salesapp.demo.people import Batch, batches, favourites, phone_numbers
from salesapp.demo.planted import Cohort

CODES = [plan.code for plan in catalogue.CATEGORIES]


def _lay_out() -> Communities:
    return lay_out(outline.draw(1.0), 1_200, 60_000, 2026, np.random.default_rng(3))


@pytest.fixture(scope="module")
def town() -> Communities:
    return _lay_out()


@pytest.fixture(scope="module")
def people(town: Communities) -> list[Batch]:
    return list(batches(town, seed=3, year=2026))


def _owners(batch: Batch, code: str) -> np.ndarray:
    """Households that bought one, in a premium variant too."""
    wanted = [i for i, plan in enumerate(catalogue.CATEGORIES) if code in (plan.code, plan.premium_of)]
    return np.unique(batch.household[batch.buyer[np.isin(batch.category, wanted)]])


def test_batches_cover_all_members_in_one_run_of_ids(town: Communities, people: list[Batch]) -> None:
    assert len(people) == 2
    ids = np.concatenate([batch.member_ids for batch in people])
    assert (ids == np.arange(1, town.members.sum() + 1)).all()


def test_the_same_seed_makes_the_same_people(town: Communities, people: list[Batch]) -> None:
    again = list(batches(_lay_out(), seed=3, year=2026))
    other = list(batches(town, seed=4, year=2026))
    for batch, same, different in zip(people, again, other, strict=True):
        for field in ("household", "surname", "since", "phone", "product", "bought", "happened"):
            assert (getattr(batch, field) == getattr(same, field)).all()
        assert (batch.surname != different.surname).any()


def test_phones_are_unassigned_unique_and_off_the_reserved_ones() -> None:
    for seed in (1, 977):
        numbers = phone_numbers(np.arange(1, 100_001), seed)
        assert set((numbers // 100_000_000).tolist()) == set(planted.PHONE_PREFIXES)
        assert len(np.unique(numbers)) == len(numbers)
        assert not ((numbers >= 15_400_000_000) & (numbers < 15_400_000_000 + planted.RESERVED_PHONES)).any()


def test_story_phones_are_among_the_reserved_ones() -> None:
    phones = [int(person.phone) for person in planted.STORY] + [int(planted.NOT_A_MEMBER)]
    assert len(set(phones)) == len(planted.STORY) + 1
    assert all(15_400_000_000 <= phone < 15_400_000_000 + planted.RESERVED_PHONES for phone in phones)


def test_a_member_bought_two_to_three_times_within_fifteen_years(town: Communities, people: list[Batch]) -> None:
    bought = np.concatenate([batch.bought for batch in people])
    assert 2.0 < len(bought) / town.members.sum() < 3.0
    assert bought.min() >= 0
    assert bought.max() <= planted.PURCHASE_YEARS * 366


def test_nothing_was_bought_before_the_community_stood(town: Communities, people: list[Batch]) -> None:
    for batch in people:
        community = batch.community[batch.household[batch.buyer]]
        assert (batch.bought <= (2026 - town.build_year[community] + 0.5) * 366).all()


def test_members_were_members_when_they_bought(people: list[Batch]) -> None:
    for batch in people:
        assert (batch.since[batch.buyer] >= batch.bought).all()


def test_erased_members_have_left_nothing(people: list[Batch]) -> None:
    for batch in people:
        assert batch.erased.any()
        assert not batch.erased[batch.buyer].any()
        assert not batch.erased[batch.told_by].any()


def test_coverage_in_core_communities_is_the_planted_one_to_the_household(
    town: Communities, people: list[Batch]
) -> None:
    seen = set()
    for batch in people:
        for plan in planted.COVERAGE:
            owners = _owners(batch, plan.category)
            households = np.bincount(batch.community[owners], minlength=len(town))
            for community in np.unique(batch.community):
                if town.is_core[community] and town.kind[community] == plan.kind:
                    assert households[community] == round(town.households[community] * plan.share)
                    seen.add(plan.category)
    assert seen == {plan.category for plan in planted.COVERAGE}


def test_favourites_lead_in_every_district(town: Communities, people: list[Batch]) -> None:
    sold = np.zeros((len(outline.DISTRICTS), len(catalogue.models())), dtype=int)
    for batch in people:
        community = batch.community[batch.household[batch.buyer]]
        np.add.at(sold, (town.district[community], batch.product), 1)
    category_of = np.array([CODES.index(model.category) for model in catalogue.models()])
    for district in range(len(outline.DISTRICTS)):
        for category in range(len(CODES)):
            within = np.where(category_of == category, sold[district], -1)
            model = planted.district_favourite(district, category, 12) + 12 * category
            if within.max() >= 200:
                assert within.argmax() == model
    assert sold.max() >= 200


def test_some_communities_favour_another_model_than_their_district() -> None:
    own = [
        planted.own_favourite(community, category, 12) is not None
        for community in range(500)
        for category in range(len(CODES))
    ]
    assert abs(np.mean(own) - planted.OWN_FAVOURITE_COMMUNITIES) < 0.02
    best = favourites(7, 2)
    assert [catalogue.models()[model].category for model in best] == CODES


def test_worn_fridges_are_old_and_were_repaired(people: list[Batch]) -> None:
    for batch in people:
        worn = np.flatnonzero(batch.cohort == Cohort.WORN_FRIDGE)
        assert len(worn)
        assert np.isin(worn, batch.household[batch.told_by[batch.event == "repair"]]).all()
        fridges = batch.category == CODES.index("fridge")
        youngest = np.full(len(batch.community), 10**9)
        np.minimum.at(youngest, batch.household[batch.buyer[fridges]], batch.bought[fridges])
        assert (youngest[worn] > 12 * 365).all()
        assert (youngest[worn] < 10**9).all()


def test_hoods_without_stove_have_none(people: list[Batch]) -> None:
    for batch in people:
        alone = np.flatnonzero(batch.cohort == Cohort.HOOD_WITHOUT_STOVE)
        assert len(alone)
        assert np.isin(alone, _owners(batch, "hood")).all()
        assert not np.isin(alone, _owners(batch, "stove")).any()


def test_movers_and_renovators_told_of_it(people: list[Batch]) -> None:
    for batch in people:
        for cohort, event in ((Cohort.MOVED, "relocation"), (Cohort.RENOVATING, "renovation")):
            households = np.flatnonzero(batch.cohort == cohort)
            assert len(households)
            assert set(households.tolist()) == set(batch.household[batch.told_by[batch.event == event]].tolist())
