from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import transaction

from members.errors import UnknownMember
from members.models import Consent, ConsentState, ContactPoint, Member
from members.phone import PhoneNumber
from members.public_id import NotAPublicId, member_id, public_id
from members.queries.consent_history import consent_history, identities, stands_for
from outreach.errors import BadCursor
from outreach.message_token import NotAToken, read_staff_name, staff_name
from outreach.models import Message
from outreach.queries.replay import PastMessage, messages_of
from salesapp.staff.actions.allow_look_up import allow_look_up
from salesapp.staff.actions.record_read import record_read
from salesapp.staff.models import Employee
from salesapp.staff.queries.bounded_count import Counted, bounded_count

PAGE = 50


Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Part(Generic[Row]):
    """A page, the newest first; ``following`` is the cursor of the next."""

    rows: list[Row]
    following: str | None
    counted: Counted


@dataclass(frozen=True, slots=True)
class ConsentFile:
    """What a member said about being written to, and what was sent, of all who were merged into them too; a page each.

    ``public_ids`` are those of the ids in the entries and messages; the first is the member's own. ``agreed`` are the
    channels of marketing that a yes counts for now, and ``objects`` is to profiling.
    """

    public_ids: dict[int, str]
    phone: str | None
    is_erased: bool
    agreed: frozenset[int]
    objects: bool
    entries: Part[Consent]
    messages: Part[PastMessage]


def read_consents(
    *, by: Employee, who: str, reason: str, entries_after: str = "", messages_after: str = ""
) -> ConsentFile:
    """The history of whoever this phone number or opaque id stands for now; the reading is recorded with it.

    Of entries and messages the newest PAGE, or those after a cursor. ``reason`` is one of AccessEntry.PrivacyReason.
    Counts against the employee's limit of look-ups. Raises LookUpsHeld, TooManyRequests, LimiterUnavailable,
    NotAPhoneNumber for what is neither, BadCursor, and UnknownMember, which is recorded.
    """
    allow_look_up(by=by)
    number, found = _find(who)
    with transaction.atomic():
        record_read(
            by=by, reason=reason, member_id=found, address_hash=number.bidx if number else b"",
            thousand=number.thousand if number else None,
        )  # fmt: skip
        ids = identities(found) if found else []
        entries, messages = _entries(ids, entries_after), _messages(ids, messages_after)
    if found is None:
        raise UnknownMember
    now = Member.objects.get(pk=found)
    states = ConsentState.objects.filter(member_id=now.pk, purpose=Consent.Purpose.MARKETING, given=True)
    return ConsentFile(
        public_ids={each: public_id(each) for each in ids},
        phone=number.masked if number else None,
        is_erased=now.erased_at is not None,
        agreed=frozenset(states.values_list("channel", flat=True)),
        objects=now.refuses_profiling,
        entries=entries,
        messages=messages,
    )


def _entries(ids: list[int], after: str) -> Part[Consent]:
    if after and not (after.isdecimal() and len(after) < 19):
        raise BadCursor
    try:
        rows = consent_history(ids, after=int(after) if after else None, limit=PAGE + 1)
    except Consent.DoesNotExist:
        raise BadCursor from None
    following = str(rows[PAGE - 1].pk) if len(rows) > PAGE else None
    return Part(rows[:PAGE], following, bounded_count(Consent.objects.filter(member_id__in=ids)))


def _messages(ids: list[int], after: str) -> Part[PastMessage]:
    try:
        last = read_staff_name(after) if after else None
    except NotAToken:
        raise BadCursor from None
    if last and last[0] not in ids:
        raise BadCursor
    rows = messages_of(ids, after=last, limit=PAGE + 1)
    following = staff_name(rows[PAGE - 1].member_id, rows[PAGE - 1].no) if len(rows) > PAGE else None
    return Part(rows[:PAGE], following, bounded_count(Message.objects.filter(member_id__in=ids)))


def _find(who: str) -> tuple[PhoneNumber | None, int | None]:
    try:
        named = member_id(who.strip())
    except NotAPublicId:
        number = PhoneNumber.parse(who)
        points = ContactPoint.objects.filter(channel=ContactPoint.Channel.PHONE, bidx__in=number.bidx_to_ask)
        holder = points.values_list("member_id", flat=True).first()
        return number, stands_for(holder) if holder else None
    return None, stands_for(named) if Member.objects.filter(pk=named).exists() else None
