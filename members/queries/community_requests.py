from django.db.models import QuerySet

from members.models import CommunityRequest, Member


def open_requests() -> QuerySet[CommunityRequest]:
    """Where members say that they live, the one who waits longest first."""
    gone = Member.objects.exclude(erased_at=None, merged_into=None)
    return CommunityRequest.objects.filter(settled_at=None).exclude(member_id__in=gone.values("pk")).order_by("pk")
