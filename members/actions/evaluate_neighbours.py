from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from random import Random

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from geo import sql
from members.queries.neighbours import neighbours
from members.scoring.neighbours import HALF_LIFE_YEARS, MODELS_KEPT, SHRINK

_CATEGORY = 1
_NOBODY = 0  # a household that bought nothing
_NO_DATE = date(2000, 1, 1)


@dataclass(frozen=True, slots=True)
class Sale:
    """An item that went to a place; ``parents`` are the places around it, nearest first, at most two."""

    place: str
    item: str
    bought_on: date | None = None
    parents: tuple[str, ...] = ()


@dataclass(slots=True)
class Hits:
    """Share of test sales whose item was named first, or among the first three; one figure a round."""

    first: list[float] = field(default_factory=list)
    three: list[float] = field(default_factory=list)

    @property
    def hit1(self) -> float:
        return sum(self.first) / len(self.first)

    @property
    def hit3(self) -> float:
        return sum(self.three) / len(self.three)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``sales`` were split in each of the rounds; means over the rounds. ``shuffled`` is with places dealt anew."""

    sales: int
    tested: int
    places: int
    items: int
    neighbours: Hits
    popular: Hits
    shuffled: Hits


def evaluate_neighbours(
    *,
    sales: Sequence[Sale],
    test_share: float = 0.2,
    seed: int = 0,
    rounds: int = 5,
    tell: Callable[[str], object] = lambda step: None,
) -> Evaluation:
    """Hide a random ``test_share`` of the sales and see how often the neighbours' list names what was bought.

    Lists are built and read by the very SQL of the product, in tables of this transaction alone, which is
    rolled back. Against two controls: the items bought most, and lists of places among which the training
    sales were dealt at random. Each sale counts as a household of its own, because such files know
    no households. Raises ValueError when there is nothing to train on or to test.
    """
    tested = round(len(sales) * test_share)
    if not 0 < tested < len(sales):
        raise ValueError(f"{len(sales)} sales with a test share of {test_share} leave nothing to train on or to test")
    numbers = _Numbers(sales)
    result = Evaluation(len(sales), tested, len(numbers.places), len(numbers.items), Hits(), Hits(), Hits())
    for number in range(rounds):
        random = Random(seed + number)  # noqa: S311 - a split, not a secret
        order = list(sales)
        random.shuffle(order)
        test, training = order[:tested], order[tested:]
        dealt = [(sale.place, sale.parents) for sale in training]
        random.shuffle(dealt)
        shuffled = [
            Sale(place, sale.item, sale.bought_on, parents)
            for sale, (place, parents) in zip(training, dealt, strict=True)
        ]
        tell(f"round {number + 1} of {rounds}")
        popular = _popular(numbers, training)
        _count(result.popular, numbers, test, dict.fromkeys(numbers.places, popular))
        with transaction.atomic(), connection.cursor() as cursor:
            for hits, sample in ((result.neighbours, training), (result.shuffled, shuffled)):
                _build(cursor, numbers, sample)
                _count(hits, numbers, test, _named(numbers, test))
            transaction.set_rollback(True)
    return result


class _Numbers:
    """Places and items as the numbers that the tables want."""

    def __init__(self, sales: Sequence[Sale]) -> None:
        self.places: dict[str, int] = {}
        self.parents: dict[tuple[int, str], int] = {}
        self.items: dict[str, int] = {}
        for sale in sales:
            self.places.setdefault(sale.place, len(self.places) + 1)
            self.items.setdefault(sale.item, len(self.items) + 1)
            for level, parent in enumerate(sale.parents):
                self.parents.setdefault((level, parent), len(self.parents) + 1)
        self.ladders = self._ladders(sales)

    def _ladders(self, sales: Sequence[Sale]) -> dict[str, tuple[int, int | None, int | None]]:
        """A place lies in the parents that most of its sales name."""
        named: dict[str, Counter[tuple[str, ...]]] = {}
        for sale in sales:
            named.setdefault(sale.place, Counter())[sale.parents] += 1
        ladders = {}
        for place, parents in named.items():
            (most, _), *_ = parents.most_common(1)
            above = [self.parents[level, parent] for level, parent in enumerate(most)]
            ladders[place] = (self.places[place], above[0] if above else None, above[1] if len(above) > 1 else None)
        return ladders


def _build(cursor: CursorWrapper, numbers: _Numbers, training: Sequence[Sale]) -> None:
    """Lists of the training sales, in a temporary table that hides the product's from this transaction."""
    today = max(sale.bought_on or _NO_DATE for sale in training)
    cursor.execute("drop table if exists pg_temp.members_neighbourlist, pg_temp.neighbour_source")
    cursor.execute(
        "create temporary table neighbour_source (community_id bigint, district_id bigint, city_id bigint,"
        " category_id bigint, product_id bigint, household bigint, bought_on date)"
    )
    with cursor.copy("copy neighbour_source from stdin") as copy:
        for household, sale in enumerate(training, start=1):
            row = (
                *numbers.ladders[sale.place], _CATEGORY, numbers.items[sale.item], household, sale.bought_on or _NO_DATE
            )  # fmt: skip
            copy.write_row(row)
    cursor.execute("create temporary table members_neighbourlist_new (like public.members_neighbourlist)")
    parameters = {"today": today, "half_life_years": HALF_LIFE_YEARS, "shrink": SHRINK, "models_kept": MODELS_KEPT}
    sql.run(cursor, "members", "build_neighbour_lists", parameters)
    cursor.execute("alter table pg_temp.members_neighbourlist_new rename to members_neighbourlist")


def _named(numbers: _Numbers, test: Iterable[Sale]) -> dict[str, list[int]]:
    """The first three items of each tested place, as the counter would read them."""
    named = {}
    for place in {sale.place for sale in test}:
        community, district, city = numbers.ladders[place]
        found = neighbours(
            community_id=community, district_id=district, city_id=city, household=_NOBODY, category_ids=[_CATEGORY]
        )  # fmt: skip
        named[place] = [model.product_id for model in found.get(_CATEGORY, [])]
    return named


def _popular(numbers: _Numbers, training: Iterable[Sale]) -> list[int]:
    """The three items that were bought most, the same for all places; plain counts, without recency."""
    counts = Counter(numbers.items[sale.item] for sale in training)
    return sorted(counts, key=lambda item: (-counts[item], item))[:3]


def _count(hits: Hits, numbers: _Numbers, test: Sequence[Sale], named: Mapping[str, list[int]]) -> None:
    ranks = [(named[sale.place], numbers.items[sale.item]) for sale in test]
    hits.first.append(sum(items[:1] == [item] for items, item in ranks) / len(test))
    hits.three.append(sum(item in items for items, item in ranks) / len(test))
