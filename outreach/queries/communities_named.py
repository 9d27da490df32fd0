"""Communities by the beginning of their name, for a member who looks for their own."""

from geo.models import Community

MOST = 20
SHORTEST = 2  # characters


def communities_named(text: str) -> list[Community]:
    """Up to 20, each with its district; none for a single character."""
    text = text.replace("\0", "")
    if not SHORTEST <= len(text) <= 120:
        return []
    named = Community.objects.filter(name__startswith=text).select_related("district", "city")
    return list(named.order_by("name", "pk")[:MOST])
