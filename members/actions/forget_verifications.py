from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from members.models import MemberSession, Verification
from members.queries.member_session import IDLE, LONGEST

KEPT = timedelta(hours=1)


def forget_verifications() -> int:
    """Delete codes that nobody can type in any more and sessions that ended; how many."""
    codes, _ = Verification.objects.filter(expires_at__lt=Now() - KEPT).delete()
    ended = Q(seen_at__lt=Now() - IDLE) | Q(begun_at__lt=Now() - LONGEST)
    sessions, _ = MemberSession.objects.filter(ended).delete()
    return codes + sessions
