from dataclasses import dataclass
from datetime import datetime

from members.models import CommunityRequest, Member
from members.public_id import public_id

AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class OpenRequest:
    id: int
    member: str
    before: str | None
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
    """Members who say that they live elsewhere, the one who waits longest first; up to 20."""
    asked = list(
        CommunityRequest.objects.filter(settled_at=None).select_related("community").order_by("pk")[: AT_ONCE + 1]
    )
    members = Member.objects.select_related("community").in_bulk([each.member_id for each in asked])
    rows = [
        OpenRequest(
            each.pk, public_id(each.member_id),
            home.name if (home := members[each.member_id].community) else None,
            each.community.name, each.asked_at,
        )
        for each in asked[:AT_ONCE]
    ]  # fmt: skip
    number = CommunityRequest.objects.filter(settled_at=None).count()
    return OpenRequests(rows, len(asked) > AT_ONCE, number)
