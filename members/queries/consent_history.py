"""What members said about being written to, read from the ledger."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection
from django.db.models import Q

from members.models import Consent, Member, MemberMerge


def consent_as_of(*, member_id: int, channel: int, purpose: int, at: datetime) -> bool | None:
    """Whether a yes counted at that moment, replayed from the ledger alone; None where nothing had been said."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select members_consent_as_of(%s, %s::smallint, %s::smallint, %s)", [member_id, channel, purpose, at]
        )
        (given,) = cursor.fetchone()
    return given if given is None else bool(given)


def consent_history(member_ids: Sequence[int], *, after: int | None = None, limit: int | None = None) -> list[Consent]:
    """Entries of these members, the newest first, each with its wording; ``after`` is the id of the last one seen.

    Raises Consent.DoesNotExist where that is none of theirs.
    """
    entries = Consent.objects.filter(member_id__in=member_ids)
    if after is not None:
        last = entries.get(pk=after)
        entries = entries.filter(Q(recorded_at__lt=last.recorded_at) | Q(recorded_at=last.recorded_at, pk__lt=last.pk))
    return list(entries.select_related("wording").order_by("-recorded_at", "-pk")[:limit])


def identities(member_id: int) -> list[int]:
    """The member and those who were merged into them, by whatever path."""
    known = [member_id]
    for each in known:  # grows as losers are found
        known += MemberMerge.objects.filter(winner_id=each, undone_at=None).values_list("loser_id", flat=True)
    return known


def taken_for(member_id: int, *, since: datetime | None = None, until: datetime | None = None) -> list[int]:
    """The member and those who were merged into them, by whatever path, at some moment between the two (None: open),
    whether it was undone afterwards or not."""
    merges = MemberMerge.objects.all()
    if since is not None:
        merges = merges.filter(Q(undone_at=None) | Q(undone_at__gte=since))
    if until is not None:
        merges = merges.filter(merged_at__lte=until)
    known = [member_id]
    for each in known:  # grows as losers are found
        known += [
            loser for loser in merges.filter(winner_id=each).values_list("loser_id", flat=True) if loser not in known
        ]
    return known


def stands_for(member_id: int) -> int:
    """Who a member is now: whom they were merged into, by whatever path, or themselves."""
    into = Member.objects.filter(pk=member_id).values_list("merged_into", flat=True).first()
    return stands_for(into) if into is not None else member_id
