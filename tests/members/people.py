"""Rows of people on file, made quickly for tests of figures."""

from datetime import date
from itertools import count

from geo.models import Community
from members.models import Category, Member, Product, Purchase, ServiceEvent

_numbers = count(1)


def member(community: Community | None = None, household: int | None = None, **fields: object) -> Member:
    """A member; without ``household`` behind a door of their own."""
    number = next(_numbers)
    return Member.objects.create(
        community=community, household=household if household is not None else -number,
        member_since=date(2020, 1, 1), **fields,
    )  # fmt: skip


def category(code: str, **fields: object) -> Category:
    return Category.objects.create(code=code, name=code, name_en=code, **({"lifetime_years": 10} | fields))


def product(category: Category, model: str = "", **fields: object) -> Product:
    model = model or f"{category.code}-{next(_numbers)}"
    return Product.objects.create(category=category, model=model, brand="测试", name=model, **fields)


def purchase(buyer: Member, product: Product, bought_on: date) -> Purchase:
    """A purchase that carries the buyer's household and community of now."""
    return Purchase.objects.create(
        member_id=buyer.pk, system="test", record_key=str(next(_numbers)), product=product,
        category_id=product.category_id, channel="store", bought_on=bought_on, community_id=buyer.community_id,
        household=buyer.household,
    )  # fmt: skip


def event(member: Member, kind: str, happened_on: date, category: Category | None = None) -> ServiceEvent:
    return ServiceEvent.objects.create(
        member_id=member.pk, system="test", record_key=str(next(_numbers)), kind=kind, category=category,
        happened_on=happened_on,
    )  # fmt: skip
