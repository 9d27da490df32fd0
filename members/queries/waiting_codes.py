from datetime import timedelta

from django.db.models import QuerySet
from django.db.models.functions import Now

from members.models import Verification

IDLE = timedelta(seconds=30)


def waiting_codes() -> QuerySet[Verification, int]:
    """Codes that nobody has sent for half a minute and that could still be typed in."""
    waiting = Verification.objects.filter(handed_over_at=None, expires_at__gt=Now(), asked_at__lt=Now() - IDLE)
    return waiting.values_list("pk", flat=True)
