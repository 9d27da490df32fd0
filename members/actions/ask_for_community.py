from django.db import transaction

from members.models import CommunityRequest, Member


@transaction.atomic
def ask_for_community(*, member_id: int, community_id: int) -> None:
    """Note that a member says they live there; a later word replaces an open one. Raises Member.DoesNotExist."""
    Member.objects.select_for_update(of=("self",)).get(pk=member_id, erased_at=None, merged_into=None)
    CommunityRequest.objects.update_or_create(
        member_id=member_id, settled_at=None, defaults={"community_id": community_id}
    )
