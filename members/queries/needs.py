from members.models import Need
from members.queries.catalogue import categories


def strongest_need(member_id: int, category_id: int | None = None) -> int:
    """The category that the member needs most, or the one named if they need it. Raises Need.DoesNotExist."""
    needs = Need.objects.filter(member_id=member_id, category_id__in=categories())
    if category_id is not None:
        needs = needs.filter(category_id=category_id)
    return needs.only("category_id").order_by("-level", "-score", "category_id")[:1].get().category_id
