"""Who is signed in on the page of what is held of them."""

from datetime import timedelta

from django.db.models.functions import Now

from members.codes import secret_hash
from members.models import Member, MemberSession

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=2)


def signed_in_member(secret: str) -> tuple[MemberSession, Member] | None:
    """The session, which lives on from now, and its member; None where it ended."""
    row = MemberSession.objects.filter(key=secret_hash(secret), seen_at__gt=Now() - IDLE, begun_at__gt=Now() - LONGEST)
    if not row.update(seen_at=Now()):
        return None
    session = row.get()
    members = Member.objects.select_related("community__district").filter(erased_at=None, merged_into=None)
    member = members.filter(pk=session.member_id).first()
    return (session, member) if member else None
