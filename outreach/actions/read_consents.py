from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from members.errors import UnknownMember
from members.models import Consent, ContactPoint, Member
from members.phone import PhoneNumber
from members.public_id import NotAPublicId, member_id, public_id
from members.queries.consent_history import consent_history, identities
from outreach.queries.replay import PastMessage, messages_of
from salesapp.staff.limits import consume
from salesapp.staff.models import AccessEntry, Employee


@dataclass(frozen=True, slots=True)
class ConsentFile:
    """What a member said about being written to, and what was sent, of all who were merged into them too.

    ``public_ids`` are those of the ids in the entries and messages; the first is the member's own.
    """

    public_ids: dict[int, str]
    phone: str | None
    entries: list[Consent]
    messages: list[PastMessage]


def read_consents(*, by: Employee, who: str, reason: str) -> ConsentFile:
    """The whole history of the member with this phone number or opaque id; the reading is recorded with it.

    ``reason`` is one of AccessEntry.PrivacyReason. Counts against the employee's limit of look-ups. Raises
    TooManyRequests, LimiterUnavailable, NotAPhoneNumber for what is neither, and UnknownMember, which is recorded.
    """
    consume(group="look-up", key=str(by.pk), rates=settings.LOOKUP_LIMITS)
    number, found = _find(who)
    with transaction.atomic():
        AccessEntry.objects.create(
            employee=by, store=by.store, reason=reason, address_hash=number.bidx if number else b"", member_id=found
        )
        ids = identities(found) if found else []
        entries, messages = consent_history(ids), messages_of(ids)
    if found is None:
        raise UnknownMember
    return ConsentFile({each: public_id(each) for each in ids}, number.masked if number else None, entries, messages)


def _find(who: str) -> tuple[PhoneNumber | None, int | None]:
    try:
        named = member_id(who.strip())
    except NotAPublicId:
        number = PhoneNumber.parse(who)
        points = ContactPoint.objects.filter(channel=ContactPoint.Channel.PHONE, bidx__in=number.bidx_to_ask)
        return number, points.values_list("member_id", flat=True).first()
    return None, named if Member.objects.filter(pk=named).exists() else None
