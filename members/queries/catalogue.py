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


@dataclass(frozen=True, slots=True)
class Words:
    """One thing's name in Chinese and English."""

    zh: str
    en: str

    def __str__(self) -> str:
        return self.zh if (get_language() or "").startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class CategoryEntry:
    code: str
    name: Words


@dataclass(frozen=True, slots=True)
class ProductEntry:
    model: str
    brand: str
    name: str


_categories: _Kept[dict[int, CategoryEntry]] = _Kept(
    lambda: {c.id: CategoryEntry(c.code, Words(c.name, c.name_en)) for c in Category.objects.all()}
)
_products: _Kept[dict[int, ProductEntry]] = _Kept(
    lambda: {p.id: ProductEntry(p.model, p.brand, p.name) for p in Product.objects.only("model", "brand", "name")}
)
_reasons: _Kept[dict[int, Words]] = _Kept(
    lambda: {rule.id: Words(rule.reason, rule.reason_en) for rule in NeedRule.objects.all()}
)
_highest_member_id: _Kept[int] = _Kept(lambda: Member.objects.aggregate(highest=Max("id"))["highest"] or 0)
_published: _Kept[dict[str, datetime]] = _Kept(lambda: dict(PublishedFigures.objects.values_list("kind", "as_of")))


def highest_member_id() -> int:
    """The highest member id of half a minute ago; 0 without members."""
    return _highest_member_id.get()


def categories() -> dict[int, CategoryEntry]:
    """All categories by id, in their order in lists."""
    return _categories.get()


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


def reasons() -> dict[int, Words]:
    """The words of every need rule by id."""
    return _reasons.get()


def published() -> dict[str, datetime]:
    """As of when each kind of figures holds."""
    return _published.get()


def forget_catalogue() -> None:
    """Read everything again at the next question."""
    for kept in (_categories, _products, _reasons, _highest_member_id, _published):
        kept.forget()
