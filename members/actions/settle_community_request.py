from django.db import transaction
from django.db.models.functions import Now

from members.models import CommunityRequest, Member
from salesapp.staff.models import Employee


@transaction.atomic
def settle_community_request(*, request_id: int, granted: bool, by: Employee) -> None:
    """Move the member to the community they named, behind an unknown door there, or leave them where they are.

    Purchases keep the place of their time. Raises CommunityRequest.DoesNotExist where it was settled before.
    """
    asked = CommunityRequest.objects.select_for_update(of=("self",)).get(pk=request_id, settled_at=None)
    CommunityRequest.objects.filter(pk=asked.pk).update(granted=granted, settled_at=Now(), settled_by=by)
    if granted:
        Member.objects.filter(pk=asked.member_id, erased_at=None).update(
            community_id=asked.community_id, household=-asked.member_id
        )
