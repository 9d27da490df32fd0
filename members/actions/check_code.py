import hmac

from django.db.models import F
from django.db.models.functions import Now

from members.codes import MOST_TRIES, code_hash, secret_hash
from members.errors import CodeRefused
from members.models import Verification


def check_code(*, secret: str, purpose: Verification.Purpose, code: str) -> Verification:
    """What this browser had asked for, once, if that is its code: it is used up then.

    Every wrong one counts, also those of several processes in the same moment. Raises CodeRefused.
    """
    row = Verification.objects.filter(key=secret_hash(secret), purpose=purpose)
    counted = row.filter(tries__lt=MOST_TRIES, expires_at__gt=Now()).update(tries=F("tries") + 1)
    found = row.select_related("store").first()
    if not counted or found is None:
        raise CodeRefused(0)
    if found.code_hash is None or not hmac.compare_digest(bytes(found.code_hash), code_hash(found.pk, code)):
        raise CodeRefused(MOST_TRIES - found.tries)
    deleted, _ = row.delete()
    if not deleted:  # somebody else's browser cannot be as quick, but this one's second tap can
        raise CodeRefused(0)
    return found
