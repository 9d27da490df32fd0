from dataclasses import dataclass
from datetime import datetime

from members.models import CommunityRequest, Member
from members.public_id import public_id

AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class OpenRequest:
    id: int
    member: str
    community_id: int
    community: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class OpenRequests:
    rows: list[OpenRequest]
    more: bool
    number: int

    def __bool__(self) -> bool:
        return bool(self.rows)


def open_requests() -> OpenRequests:
    """Where members say that they live, the one who waits longest first; up to 20.

    Where they are on file is not told: this is read by whoever opens the page, without a reason and off the record.
    """
    gone = Member.objects.exclude(erased_at=None, merged_into=None)
    found = CommunityRequest.objects.filter(settled_at=None).exclude(member_id__in=gone.values("pk"))
    asked = list(found.select_related("community").order_by("pk")[:AT_ONCE])
    number = found.count()
    rows = [
        OpenRequest(each.pk, public_id(each.member_id), each.community_id, each.community.name, each.asked_at)
        for each in asked
    ]
    return OpenRequests(rows, number > len(rows), number)
