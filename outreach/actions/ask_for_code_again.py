from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models.functions import Now

from members.codes import MOST_TRIES, secret_hash
from members.errors import CodeRefused
from members.models import Verification
from outreach.actions.defer_code import defer_code
from salesapp.staff.limits import consume

PAUSE = timedelta(seconds=60)  # as long as an SMS may well take


@transaction.atomic
def ask_for_code_again(*, secret: str, purpose: Verification.Purpose, address: str) -> None:
    """Send another code for what this browser asked for; the one before is worth nothing then, its tries count on.

    Within a minute of the first nothing happens: it is still on its way. Raises CodeRefused where there is nothing to
    go on with, TooManyRequests, LimiterUnavailable.
    """
    row = Verification.objects.filter(
        key=secret_hash(secret), purpose=purpose, expires_at__gt=Now(), tries__lt=MOST_TRIES
    )
    found = row.select_for_update(of=("self",)).first()
    if found is None:
        raise CodeRefused(0)
    consume(group="code-address", key=address, rates=settings.CODE_ADDRESS_LIMITS)
    if found.handed_over_at is None or not row.filter(handed_over_at__lt=Now() - PAUSE).exists():
        return
    consume(group="code-number", key=bytes(found.bidx).hex(), rates=settings.CODE_LIMITS)
    # Of who is no member yet nothing else says that the one before was sent
    before = [*found.told.get("codes", []), found.handed_over_at.isoformat()]
    row.update(handed_over_at=None, code_hash=None, told={**found.told, "codes": before})
    defer_code(verification=found.pk)
