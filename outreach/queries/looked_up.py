"""Whom an employee may write to from the counter: the member who stands there."""

from datetime import datetime, timedelta

from django.db.models.functions import Now

from members.models import Member
from members.public_id import NotAPublicId, member_id
from salesapp.staff.models import AccessEntry, Employee

FRESH = timedelta(minutes=30)


def looked_up_member(employee: Employee, public_id: str, drafted_at: datetime | None = None) -> int:
    """The id of a member whom the employee looked up in the last half hour, or in that before a draft was made.

    Raises Member.DoesNotExist for all others, and for whom a look-up would show nothing of by now.
    """
    try:
        subject = member_id(public_id)
    except NotAPublicId:
        raise Member.DoesNotExist from None
    since = Now() - FRESH if drafted_at is None else drafted_at - FRESH
    if not AccessEntry.objects.filter(employee=employee, at__gte=since, member_id=subject).exists():
        raise Member.DoesNotExist
    return Member.objects.only("pk").get(pk=subject, erased_at=None, merged_into=None, refuses_profiling=False).pk
