from django.db import transaction

from members.actions.settle_community_request import settle_community_request
from salesapp.staff.actions.record_read import record_read
from salesapp.staff.models import AccessEntry, Employee


@transaction.atomic
def answer_community_request(*, request_id: int, community_id: int, granted: bool, by: Employee) -> None:
    """Settle what a member asked for, on record as an act for them. Raises what settle_community_request does."""
    member_id = settle_community_request(request_id=request_id, community_id=community_id, granted=granted, by=by)
    words = f"community: {'granted' if granted else 'left'}"
    record_read(by=by, reason=AccessEntry.PrivacyReason.REQUEST, member_id=member_id, search=words)
