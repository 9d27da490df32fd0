from members.models import Need
from members.queries.catalogue import categories


def needed_categories(member_id: int) -> list[int]:
    """The categories that the member needs, the strongest need first."""
    needs = Need.objects.filter(member_id=member_id, category_id__in=categories())
    return list(needs.order_by("-level", "-score", "category_id").values_list("category_id", flat=True))
