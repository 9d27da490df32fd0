from datetime import timedelta

from django.db.models.functions import Now

from outreach.models import RequestKey

KEPT = timedelta(days=2)  # the promise to callers is 24 hours


def forget_request_keys() -> int:
    """Delete the Idempotency-Keys, with the answers they got, that are older than two days. Gives how many."""
    return RequestKey.objects.filter(created_at__lt=Now() - KEPT).delete()[0]
