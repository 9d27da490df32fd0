"""The town's households, members, purchases and service events, one batch of whole communities at a time.

Every batch has its own random numbers, made from the seed and the batch's number: the same town comes out
whatever the machine does, and only one batch is in memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from salesapp.demo import catalogue, planted, words
from salesapp.demo.communities import Communities
from salesapp.demo.planted import Cohort, Kind

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

BATCH_MEMBERS = 50_000
YEAR = 365.25
STORES_PER_DISTRICT = 3
_CODES = [plan.code for plan in catalogue.CATEGORIES]
_LIFETIMES = np.array([plan.lifetime_years for plan in catalogue.CATEGORIES]) * YEAR
_MODELS = np.array([len(catalogue.models_of(code)) for code in _CODES])
_FIRST_MODEL = np.concatenate([[0], np.cumsum(_MODELS)[:-1]])
_PRICES = np.array([model.price for model in catalogue.models()])
_BASE = np.array([_CODES.index(plan.premium_of) if plan.premium_of else -1 for plan in catalogue.CATEGORIES])
_OWNERSHIP = np.array([planted.OWNERSHIP[code] for code in _CODES])  # category x kind
_TITLES = np.array(["m", "f", ""])
_PHONES = 700_000_000 - planted.RESERVED_PHONES  # numbers to give out
_PHONE_STEP = 433_494_437  # prime, so that no number comes twice


@dataclass(frozen=True)
class Batch:
    """Parallel arrays in three groups. Days count back from the town's date."""

    number: int
    first_member: int  # id of the first member; ids run on without a gap
    # households
    community: Ints  # number of the community
    flat: Ints  # number of the flat in it, from 0
    cohort: Ints
    # members, in the order of their ids
    household: Ints  # index into the households above
    surname: npt.NDArray[np.str_]
    title: npt.NDArray[np.str_]
    since: Ints
    refuses: Flags
    erased: Flags
    phone: Ints
    said: Ints  # planted.Said
    has_email: Flags
    # purchases
    buyer: Ints  # index into the members above
    category: Ints  # index into catalogue.CATEGORIES
    product: Ints  # index into catalogue.models()
    bought: Ints
    price: Ints  # yuan
    store: Ints  # number in the district; -1 is online
    # service events
    told_by: Ints  # index into the members
    event: npt.NDArray[np.str_]
    about: Ints  # category index; -1 is none
    happened: Ints

    @cached_property
    def member_ids(self) -> Ints:
        return self.first_member + np.arange(len(self.household))


def batches(communities: Communities, *, seed: int, year: int, first_member: int = 1) -> Iterator[Batch]:
    """All people of the town, in batches of about BATCH_MEMBERS. ``year`` is the current one."""
    before = np.concatenate([[0], np.cumsum(communities.members)])
    number_of = before[:-1] // BATCH_MEMBERS
    for number in range(int(number_of[-1]) + 1):
        chosen = np.flatnonzero(number_of == number)
        if len(chosen):
            rng = np.random.default_rng([seed, 1, number])
            yield _batch(communities, chosen, number, first_member + int(before[chosen[0]]), year, seed, rng)


def phone_numbers(member_ids: Ints, seed: int) -> Ints:
    """A number of eleven digits for each member id, never the same for two ids, all of unassigned prefixes."""
    number = planted.RESERVED_PHONES + (member_ids * _PHONE_STEP + seed * 7_919) % _PHONES
    prefixes = np.array(planted.PHONE_PREFIXES)
    return np.asarray(prefixes[number // 100_000_000] * 100_000_000 + number % 100_000_000, dtype=np.int64)


def favourites(community: int, district: int) -> list[int]:
    """The planted favourite of each category in a community: indices into catalogue.models()."""
    found = []
    for category, models in enumerate(_MODELS):
        own = planted.own_favourite(community, category, int(models))
        best = planted.district_favourite(district, category, int(models)) if own is None else own
        found.append(int(_FIRST_MODEL[category]) + best)
    return found


def house_of(flat: int, households: int, buildings: int) -> str:
    """The flat's door number as 3-2-501: building, entrance, floor and door. Buildings have two entrances."""
    building, within = divmod(flat, -(-households // buildings))
    entrance, place = within % 2, within // 2
    return f"{building + 1}-{entrance + 1}-{place // 2 + 1}{place % 2 + 1:02d}"


def _batch(
    town: Communities, chosen: Ints, number: int, first_member: int, year: int, seed: int, rng: np.random.Generator
) -> Batch:
    members = town.members[chosen]
    with_two = np.floor(members * planted.SECOND_MEMBER_SHARE / (1 + planted.SECOND_MEMBER_SHARE)).astype(np.int64)
    households = members - with_two
    community = np.repeat(chosen, households)
    place = _counting(households)  # of the household in its community
    flat = _flats(town, chosen, households, rng)
    age = np.minimum((year - town.build_year[community] + 0.5) * YEAR, planted.PURCHASE_YEARS * YEAR)
    cohort = _cohorts(town.kind[community], age, rng)

    has_second = place < np.repeat(with_two, households)
    order = np.concatenate([np.arange(len(community)), np.flatnonzero(has_second)])
    mixed = rng.permutation(len(order))  # ids say nothing about where a member lives
    household = order[mixed]
    row_of = np.empty_like(mixed)
    row_of[mixed] = np.arange(len(mixed))
    first = row_of[: len(community)]
    second = first.copy()
    second[has_second] = row_of[len(community) :]

    owns = _ownership(town, community, cohort, rng)
    owner, category, bought = _purchases(town, community, cohort, owns, age, rng)
    buyer = np.where(rng.random(len(owner)) < 0.4, second[owner], first[owner])
    product = _products(town, community[owner], category, rng)
    # nobody pays more than the list price
    price = np.round(_PRICES[product] * rng.uniform(0.8, 1.0, len(product))).astype(np.int64)
    store = np.where(rng.random(len(owner)) < 0.25, -1, rng.integers(0, STORES_PER_DISTRICT, len(owner)))
    told_by, event, about, happened = _events(cohort, owner, category, bought, buyer, first, rng)

    since = rng.integers(30, int(planted.PURCHASE_YEARS * YEAR), len(household))
    since = np.minimum(since, age[household].astype(np.int64))
    np.maximum.at(since, buyer, bought)
    bought_nothing = np.bincount(buyer, minlength=len(household)) == 0
    told_nothing = np.bincount(told_by, minlength=len(household)) == 0
    surnames, weights = np.array(list(words.SURNAMES)), np.array(list(words.SURNAMES.values()), dtype=float)
    ids = first_member + np.arange(len(household))
    return Batch(
        number=number, first_member=first_member, community=community, flat=flat, cohort=cohort, household=household,
        surname=rng.choice(surnames, len(household), p=weights / weights.sum()),
        title=rng.choice(_TITLES, len(household), p=[0.48, 0.48, 0.04]),
        since=since,
        refuses=rng.random(len(household)) < planted.REFUSING_SHARE,
        erased=bought_nothing & told_nothing & (rng.random(len(household)) < planted.ERASED_SHARE),
        phone=phone_numbers(ids, seed),
        buyer=buyer, category=category, product=product, bought=bought, price=price, store=store,
        told_by=told_by, event=event, about=about, happened=happened,
        said=rng.choice(list(planted.SAID_SHARES), len(household), p=list(planted.SAID_SHARES.values())),
        has_email=rng.random(len(household)) < planted.EMAIL_SHARE,
    )  # fmt: skip


def _counting(sizes: Ints) -> Ints:
    """0, 1, … within each run of the given sizes."""
    ends = np.cumsum(sizes)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - sizes, sizes)


def _rank(group: Ints, key: Floats) -> Ints:
    """The place of each row within its group by ascending key, from 0."""
    order = np.lexsort((key, group))
    sizes = np.unique(group, return_counts=True)[1]
    rank = np.empty(len(group), dtype=np.int64)
    rank[order] = _counting(sizes)
    return rank


def _flats(town: Communities, chosen: Ints, households: Ints, rng: np.random.Generator) -> Ints:
    """Distinct flats for the member households of each community, in the order of the households."""
    all_flats = town.households[chosen]
    group = np.repeat(np.arange(len(chosen)), all_flats)
    order = np.lexsort((rng.random(len(group)), group))
    taken = _counting(all_flats) < np.repeat(households, all_flats)
    return _counting(all_flats)[order][taken]


def _cohorts(kind: Ints, age: Floats, rng: np.random.Generator) -> Ints:
    draw = rng.random(len(kind))
    cohort = np.full(len(kind), Cohort.NONE, dtype=np.int64)
    upto = np.zeros(len(kind))
    for member, share in planted.COHORT_SHARES.items():
        shares = np.full(len(kind), share)
        if member == Cohort.RENOVATING:
            shares[kind == Kind.NEW] = planted.NEW_COMMUNITY_RENOVATING
        cohort[(draw >= upto) & (draw < upto + shares)] = member
        upto += shares
    oldest = planted.WORN_AT[1] * _LIFETIMES[_CODES.index("fridge")]
    cohort[(cohort == Cohort.WORN_FRIDGE) & (age < oldest)] = Cohort.NONE
    return cohort


def _ownership(town: Communities, community: Ints, cohort: Ints, rng: np.random.Generator) -> Flags:
    """Household x category: who owns what, with the planted coverage exact in core communities."""
    kind = town.kind[community]
    owns = rng.random((len(community), len(_CODES))) < _OWNERSHIP[:, kind].T
    fridge, premium_fridge = _CODES.index("fridge"), _CODES.index("premium_fridge")
    hood, stove = _CODES.index("hood"), _CODES.index("stove")
    owns[rng.random(len(community)) < planted.IDLE_HOUSEHOLDS] = False
    worn, hood_alone = cohort == Cohort.WORN_FRIDGE, cohort == Cohort.HOOD_WITHOUT_STOVE
    owns[worn, fridge], owns[worn, premium_fridge] = True, False
    owns[hood_alone, hood] = True
    owns[:, stove] &= owns[:, hood] & ~hood_alone
    for plan in planted.COVERAGE:
        column = _CODES.index(plan.category)
        rows = np.flatnonzero(town.is_core[community] & (kind == plan.kind))
        key = rng.random(len(rows))
        # a household whose story needs one has it, one whose story forbids it comes last
        key += worn[rows] * ((plan.category == "premium_fridge") * 2.0 - (plan.category == "fridge") * 2.0)
        owners = np.round(town.households[community[rows]] * plan.share)
        owns[rows, column] = _rank(community[rows], key) < owners
        # a premium one counts for its base too
        owns[rows[:, None], np.flatnonzero(column == _BASE)] &= owns[rows, column][:, None]
    return owns


def _purchases(
    town: Communities, community: Ints, cohort: Ints, owns: Flags, age: Floats, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Household, category and days ago of every purchase, replaced appliances included."""
    owner, category = np.nonzero(owns)
    days = age[owner] * rng.random(len(owner)) ** 1.2
    planned = np.zeros(len(owner), dtype=bool)
    for plan in planted.COVERAGE:
        planned |= (
            town.is_core[community[owner]]
            & (town.kind[community[owner]] == plan.kind)
            & (category == _CODES.index(plan.category))
        )
    # planted coverage is of appliances in use
    days = np.where(planned, np.minimum(days, _LIFETIMES[category] * 0.6 * rng.random(len(owner))), days)
    worn = (cohort[owner] == Cohort.WORN_FRIDGE) & (category == _CODES.index("fridge"))
    days = np.where(worn, _LIFETIMES[category] * rng.uniform(*planted.WORN_AT, len(owner)), days)
    earlier = days + _LIFETIMES[category] * rng.uniform(0.6, 1.1, len(owner))
    again = (rng.random(len(owner)) < planted.REPEAT_SHARE) & (earlier < age[owner])
    return (
        np.concatenate([owner, owner[again]]),
        np.concatenate([category, category[again]]),
        np.concatenate([days, earlier[again]]).astype(np.int64),
    )


def _products(town: Communities, community: Ints, category: Ints, rng: np.random.Generator) -> Ints:
    """The model of each purchase: the planted favourite or, by popularity, any of the category."""
    numbers, position = np.unique(community, return_inverse=True)
    best = np.array([favourites(int(n), int(town.district[n])) for n in numbers]).reshape(-1, len(_CODES))
    own = np.array(
        [
            [planted.own_favourite(int(n), c, int(models)) is not None for c, models in enumerate(_MODELS)]
            for n in numbers
        ]
    ).reshape(-1, len(_CODES))
    favourite = best[position, category]
    share = np.where(own[position, category], planted.OWN_FAVOURITE_SHARE, planted.DISTRICT_FAVOURITE_SHARE)
    most = int(_MODELS.max())
    weights = (1.0 + np.arange(most)) ** -catalogue.POPULARITY_FALL * (np.arange(most) < _MODELS[:, None])
    ladder = np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1)
    usual = _FIRST_MODEL[category] + (rng.random(len(category))[:, None] > ladder[category]).sum(axis=1)
    return np.where(rng.random(len(category)) < share, favourite, usual)


def _events(
    cohort: Ints, owner: Ints, category: Ints, bought: Ints, buyer: Ints, first: Ints, rng: np.random.Generator
) -> tuple[Ints, npt.NDArray[np.str_], Ints, Ints]:
    """Who told of it, what kind, about which category, how many days ago."""
    fridge = (cohort[owner] == Cohort.WORN_FRIDGE) & (category == _CODES.index("fridge"))
    worn = np.flatnonzero(fridge)
    again = worn[rng.random(len(worn)) < 0.5]
    usual = np.flatnonzero((rng.random(len(owner)) < planted.USUAL_REPAIRS) & ~fridge & (bought > 60))
    moved, renovating = (np.flatnonzero(cohort == c) for c in (Cohort.MOVED, Cohort.RENOVATING))
    repaired = np.concatenate([worn, again, usual])
    told_by = np.concatenate([buyer[repaired], first[moved], first[renovating]])
    event = np.repeat(["repair", "relocation", "renovation"], [len(repaired), len(moved), len(renovating)])
    about = np.concatenate([category[repaired], np.full(len(moved) + len(renovating), -1)])
    happened = np.concatenate([
        rng.integers(5, planted.REPAIRED_WITHIN_DAYS, len(worn)),
        rng.integers(5, 2 * planted.REPAIRED_WITHIN_DAYS, len(again)),
        bought[usual] * rng.random(len(usual)),
        rng.integers(3, planted.EVENT_WITHIN_DAYS, len(moved) + len(renovating)),
    ])  # fmt: skip
    return told_by, event, about, happened.astype(np.int64)
