"""Add a name that a community is found by."""

from django.db import transaction

from geo.matching.names import name_key
from geo.models import Community, CommunityName


@transaction.atomic
def name_community(*, community: Community, name: str) -> CommunityName:
    """The spelling under the community's city; one that compares equal is on record already and stays as it is.

    The community must have a city.
    """
    spelling, _ = CommunityName.objects.get_or_create(
        community=community, city_id=community.city_id, key=name_key(name), defaults={"name": name}
    )
    return spelling
