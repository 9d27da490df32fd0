from django.db.models.functions import Now

from members.codes import MOST_TRIES, secret_hash
from members.models import Verification


def open_verification(secret: str, purpose: Verification.Purpose) -> Verification | None:
    """What this browser asked for and may still type the code of."""
    rows = Verification.objects.filter(key=secret_hash(secret), purpose=purpose)
    return rows.filter(expires_at__gt=Now(), tries__lt=MOST_TRIES).first()
