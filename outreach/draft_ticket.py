"""When a draft was made: signed into its form, for this employee and member.

A message that waited on the phone for the network is sent by the look-up it was written after, and never late.
"""

from datetime import UTC, datetime, timedelta

from django.core.signing import BadSignature, Signer

from salesapp.staff.models import Employee

KEPT = timedelta(hours=24)  # a request key is kept longer, so that what was sent is known as sent


class NotATicket(Exception):
    """Not one of ours, or another employee's or member's."""


def draft_ticket(employee: Employee, member: str, now: datetime) -> str:
    """For the form of a draft to this member (public id)."""
    return _signer(employee, member).sign(str(int(now.timestamp())))


def drafted_at(employee: Employee, member: str, ticket: str) -> datetime:
    """When the draft was made. Raises NotATicket."""
    try:
        return datetime.fromtimestamp(int(_signer(employee, member).unsign(ticket)), UTC)
    except BadSignature:
        raise NotATicket from None


def _signer(employee: Employee, member: str) -> Signer:
    return Signer(salt=f"salesapp.draft {employee.pk} {member}")
