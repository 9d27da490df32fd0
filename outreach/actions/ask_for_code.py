from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils.translation import get_language

from members.codes import LIFE, new_secret, secret_hash
from members.intake import next_ids
from members.models import ContactPoint, Member, MemberSession, Verification
from members.phone import PhoneNumber
from members.queries.sealing import sealed
from members.vault import contact_place, hashes_to_ask_for
from outreach.actions.defer_code import defer_code
from salesapp.staff.limits import consume
from salesapp.staff.models import Store


def ask_for_code(
    *,
    to: PhoneNumber | MemberSession,
    purpose: Verification.Purpose,
    address: str,
    store: Store | None = None,
    told: dict[str, object] | None = None,
) -> str:
    """Have a code sent to a number, or to that of who is signed in: the secret by which this browser may type it in.

    The same for every number: whether it is on file is not looked at. Counts against the limits of the ``address`` it
    comes from, of the number and of the store. Raises TooManyRequests, LimiterUnavailable, NotSealable.
    """
    bidx = to.first_bidx if isinstance(to, PhoneNumber) else bytes(to.bidx)
    consume(group="code-address", key=address, rates=settings.CODE_ADDRESS_LIMITS)
    consume(group="code-number", key=bidx.hex(), rates=settings.CODE_LIMITS)
    if store is not None:
        consume(group="code-store", key=str(store.pk), rates=settings.CODE_STORE_LIMITS)
    secret = new_secret()
    with transaction.atomic():
        member_id, ciphertext = _sealed_for_nobody_yet(to) if isinstance(to, PhoneNumber) else _on_file(to)
        row = Verification.objects.create(
            key=secret_hash(secret), purpose=purpose, bidx=bidx, masked=to.masked, member_id=member_id,
            ciphertext=ciphertext, language=get_language() or settings.LANGUAGE_CODE, store=store,
            told={**(told or {}), "ip": address}, expires_at=Now() + LIFE,
        )  # fmt: skip
        defer_code(verification=row.pk)
    return secret


def _sealed_for_nobody_yet(number: PhoneNumber) -> tuple[int, bytes]:
    """The number for the member that may come of it, under an id that is theirs then."""
    with connection.cursor() as cursor:
        (member_id,) = next_ids(cursor, Member._meta.db_table, 1)
    return member_id, sealed(number.canonical.encode(), contact_place(member_id))


def _on_file(session: MemberSession) -> tuple[int, bytes]:
    hashes = hashes_to_ask_for(bytes(session.bidx))
    point = ContactPoint.objects.get(channel=ContactPoint.Channel.PHONE, bidx__in=hashes)
    return point.member_id, bytes(point.ciphertext)
