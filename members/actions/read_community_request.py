from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from members.public_id import public_id
from members.queries.community_requests import open_requests
from salesapp.staff.actions.record_read import record_read
from salesapp.staff.models import AccessEntry, Employee


@dataclass(frozen=True, slots=True)
class RequestRead:
    """``member`` is a public id; where they are on file is not told. ``where`` has the city and the district of the one
    they name, and ``waiting`` counts this one and those after it.
    """

    id: int
    member: str
    community_id: int
    community: str
    where: str
    asked_at: datetime
    waiting: int


@transaction.atomic
def read_community_request(*, by: Employee, after: int = 0) -> RequestRead | None:
    """The request that waits longest of those with a number above ``after``, on record as a read of that member."""
    waiting = open_requests().filter(pk__gt=after)
    asked = waiting.select_related("community__city", "community__district").first()
    if asked is None:
        return None
    record_read(
        by=by, reason=AccessEntry.PrivacyReason.REQUEST, member_id=asked.member_id, search="read: request to be moved"
    )
    place = asked.community
    return RequestRead(
        id=asked.pk, member=public_id(asked.member_id), community_id=place.pk, community=place.name,
        where="".join(region.name for region in (place.city, place.district) if region),
        asked_at=asked.asked_at, waiting=waiting.count(),
    )  # fmt: skip
