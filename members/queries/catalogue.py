"""Categories, products and need rules by id; small tables that change a few times a year, kept for half a minute."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from django.db.models import Max
from django.utils.translation import get_language

from members.models import Category, Member, NeedRule, Product, PublishedFigures

KEPT_SECONDS = 30.0  # an administrator's change shows within this time

T = TypeVar("T")


class _Kept(Generic[T]):
    """A value read again when it is older than KEPT_SECONDS; one per process."""

    def __init__(self, read: Callable[[], T]) -> None:
        self._read, self._at = read, float("-inf")

    def get(self) -> T:
        now = time.monotonic()
        if now - self._at > KEPT_SECONDS:
            self._value, self._at = self._read(), now
        return self._value

    def forget(self) -> None:
        self._at = float("-inf")


def _english() -> bool:
    """Which of a pair (Chinese, English) the reader reads: an index."""
    return not (get_language() or "").startswith("zh")


@dataclass(frozen=True, slots=True)
class CategoryEntry:
    """``base_id`` is the category of which it is the premium variant."""

    code: str
    name: str
    glyph: str
    base_id: int | None


@dataclass(frozen=True, slots=True)
class ReasonEntry:
    """A need rule as it is told: ``kind`` is one of NeedRule.Kind, ``other_id`` the category it speaks of besides."""

    code: str
    words: str
    kind: str
    other_id: int | None


@dataclass(frozen=True, slots=True)
class ProductEntry:
    model: str
    brand: str
    name: str


def _read_categories() -> tuple[dict[int, CategoryEntry], dict[int, CategoryEntry]]:
    rows = list(Category.objects.all())
    return (
        {row.id: CategoryEntry(row.code, row.name, row.glyph, row.premium_of_id) for row in rows},
        {row.id: CategoryEntry(row.code, row.name_en, row.glyph, row.premium_of_id) for row in rows},
    )


def _read_reasons() -> tuple[dict[int, ReasonEntry], dict[int, ReasonEntry]]:
    rows = list(NeedRule.objects.all())
    return (
        {row.id: ReasonEntry(row.code, row.reason, row.kind, row.other_id) for row in rows},
        {row.id: ReasonEntry(row.code, row.reason_en, row.kind, row.other_id) for row in rows},
    )


# In Chinese and in English where there are words
_categories = _Kept(_read_categories)
_reasons = _Kept(_read_reasons)
_products: _Kept[dict[int, ProductEntry]] = _Kept(
    lambda: {p.id: ProductEntry(p.model, p.brand, p.name) for p in Product.objects.only("model", "brand", "name")}
)
_highest_member_id: _Kept[int] = _Kept(lambda: Member.objects.aggregate(highest=Max("id"))["highest"] or 0)
_published: _Kept[dict[str, datetime]] = _Kept(lambda: dict(PublishedFigures.objects.values_list("kind", "as_of")))


def highest_member_id() -> int:
    """The highest member id of half a minute ago; 0 without members."""
    return _highest_member_id.get()


def categories() -> dict[int, CategoryEntry]:
    """All categories by id, in their order in lists and in the reader's language."""
    return _categories.get()[_english()]


def category_id(code: str) -> int:
    """The id of the category with this code. Raises Category.DoesNotExist."""
    found = next((number for number, category in categories().items() if category.code == code), None)
    if found is None:
        raise Category.DoesNotExist
    return found


def default_category() -> str:
    """The code of the first category in lists. Raises Category.DoesNotExist where there is none."""
    first = next(iter(categories().values()), None)
    if first is None:
        raise Category.DoesNotExist
    return first.code


def products() -> dict[int, ProductEntry]:
    """All models of the catalogue by id."""
    return _products.get()


def reasons() -> dict[int, ReasonEntry]:
    """Every need rule by id, in the reader's language."""
    return _reasons.get()[_english()]


def published() -> dict[str, datetime]:
    """As of when each kind of figures holds."""
    return _published.get()


def forget_catalogue() -> None:
    """Read everything again at the next question."""
    for kept in (_categories, _products, _reasons, _highest_member_id, _published):
        kept.forget()
