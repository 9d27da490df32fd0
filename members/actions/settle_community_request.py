from django.db import transaction
from django.db.models.functions import Now

from members.models import CommunityRequest, Member
from members.own_record import file_own_record
from salesapp.staff.models import Employee


@transaction.atomic
def settle_community_request(*, request_id: int, community_id: int, granted: bool, by: Employee) -> int:
    """Move the member to the community they named, behind an unknown door there, or leave them where they are.

    Gives the member's id. From now on no import takes them elsewhere. Purchases keep the place of their time. Raises
    CommunityRequest.DoesNotExist where it was settled before, and where the member has named another than
    ``community_id`` since, and NotSealable.
    """
    member_id = CommunityRequest.objects.values_list("member_id", flat=True).get(pk=request_id)
    # The member before the request, as `ask_for_community` does
    Member.objects.select_for_update(of=("self",)).filter(pk=member_id).first()
    open_ones = CommunityRequest.objects.select_for_update(of=("self",)).select_related("community")
    asked = open_ones.get(pk=request_id, settled_at=None, community_id=community_id)
    CommunityRequest.objects.filter(pk=asked.pk).update(granted=granted, settled_at=Now(), settled_by=by)
    members = Member.objects.filter(pk=asked.member_id, erased_at=None)
    if granted and members.update(community_id=asked.community_id, household=-asked.member_id):
        told = {"community": asked.community.name, "community_id": str(asked.community_id)}
        file_own_record(asked.member_id, told, about="community")
    return asked.member_id
