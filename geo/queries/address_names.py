"""What the address library is built from: every region name and every name of a community, set-wise."""

from collections.abc import Iterator
from typing import NamedTuple

from geo.models import Community, CommunityName, Region


class RegionName(NamedTuple):
    """A node of the tree; ``path`` as on the model."""

    id: int
    level: str
    name: str
    path: str


class NamedCommunity(NamedTuple):
    """One name (its key) or one address of a community, with where it lies."""

    city_id: int
    text: str
    community_id: int
    district_id: int | None


def region_names() -> Iterator[RegionName]:
    """Every region from the root down, so that a parent comes before its children."""
    for row in Region.objects.order_by("path").values_list("id", "level", "name", "path").iterator(chunk_size=10_000):
        yield RegionName(*row)


def community_names() -> Iterator[NamedCommunity]:
    """Every name under which a community is looked for, by city; streamed, a million is a normal number."""
    rows = CommunityName.objects.order_by("city_id").values_list(
        "city_id", "key", "community_id", "community__district_id"
    )
    for row in rows.iterator(chunk_size=20_000):
        yield NamedCommunity(*row)


def community_addresses() -> Iterator[NamedCommunity]:
    """The street address of every community that has one, as its source wrote it; streamed."""
    rows = Community.objects.exclude(address="").filter(city__isnull=False).order_by("city_id")
    for city_id, address, pk, district_id in rows.values_list("city_id", "address", "id", "district_id").iterator(
        chunk_size=20_000
    ):
        if city_id is not None:
            yield NamedCommunity(city_id, address, pk, district_id)
