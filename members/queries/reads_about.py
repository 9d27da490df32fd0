from django.db.models import QuerySet

from members.models import ContactPoint
from members.queries.consent_history import identities, stands_for
from salesapp.staff.models import AccessEntry
from salesapp.staff.queries.reads_of_member import entries_of_member


def reads_about(member_id: int) -> QuerySet[AccessEntry]:
    """Every entry of the log of reads about a member, the newest first: the one query for the member and the officer.

    Whoever the id stands for now, with all who were merged into them; and the look-ups in vain by their numbers, from
    before they were a member.
    """
    ids = identities(stands_for(member_id))
    points = ContactPoint.objects.filter(channel=ContactPoint.Channel.PHONE, member_id__in=ids)
    return entries_of_member(ids, [bytes(each) for each in points.values_list("bidx", flat=True)])
