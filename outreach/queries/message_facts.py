"""What a message may tell that is not in its template, looked up as far as the template asks for it."""

from collections.abc import Sequence

from django.conf import settings
from django.utils.translation import override

from members.models import Member, NeighbourList, Purchase
from members.queries.catalogue import categories, products
from members.queries.neighbours import neighbours
from outreach.models import TemplateVersion
from outreach.placeholders import Placeholder
from outreach.queries.rendering import Facts
from salesapp.staff.models import Employee


def message_facts(*, version: TemplateVersion, member_id: int, category_id: int | None, sender_id: int | None) -> Facts:
    """The facts for one member, in the template's language; empty where there is none.

    ``category_id`` is what the message is about, where the template does not say so itself.
    """
    asked = version.placeholders
    category_id = version.template.category_id or category_id
    store, salesperson = "", ""
    if sender_id is not None and asked & {Placeholder.STORE, Placeholder.SALESPERSON}:
        sender = Employee.objects.select_related("store").only("name", "store__name").get(pk=sender_id)
        store, salesperson = sender.store.name if sender.store else "", sender.name
    category = product = neighbour_product = ""
    if category_id is not None:
        with override(version.template.language):
            known = categories().get(category_id)
        category = known.name if known else ""
        if Placeholder.PRODUCT in asked:
            product = _most_bought(member_id, category_id)
        if Placeholder.NEIGHBOUR_PRODUCT in asked:
            neighbour_product = _neighbours_choice(member_id, category_id)
    return Facts(
        brand=settings.BRAND,
        store=store,
        salesperson=salesperson,
        category=category,
        product=product,
        neighbour_product=neighbour_product,
    )


def _name(product_id: int) -> str:
    product = products().get(product_id)
    return f"{product.brand} {product.model}" if product else ""


def _most_bought(member_id: int, category_id: int) -> str:
    """The model that most households of the whole country bought; empty below 5."""
    row = NeighbourList.objects.filter(pk=(0, category_id)).values_list("products", flat=True).first()
    return _first_to_recommend(member_id, row or ())


def _neighbours_choice(member_id: int, category_id: int) -> str:
    home = Member.objects.values_list(
        "community_id", "community__district_id", "community__city_id", "household", named=True
    ).get(pk=member_id)
    preferred = neighbours(
        community_id=home.community_id,
        district_id=home.community__district_id,
        city_id=home.community__city_id,
        household=home.household,
        category_ids=[category_id],
    )
    return _first_to_recommend(member_id, [model.product_id for model in preferred.get(category_id, ())])


def _first_to_recommend(member_id: int, models: Sequence[int]) -> str:
    """Nobody is told to buy what stands at home: as the counter's sentence has it."""
    if not models:
        return ""
    owned = set(Purchase.objects.filter(member_id=member_id, product__in=models).values_list("product_id", flat=True))
    return next((_name(model) for model in models if model not in owned), "")
