from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from members.errors import UnknownMember
from members.models import ContactPoint, Member
from members.phone import PhoneNumber
from members.public_id import NotAPublicId, member_id
from members.queries.consent_history import identities, stands_for
from salesapp.staff.actions.allow_look_up import allow_look_up, refuse_held
from salesapp.staff.actions.record_read import record_read
from salesapp.staff.errors import UnknownEmployee, UnknownStore
from salesapp.staff.limits import consume
from salesapp.staff.models import AccessEntry, Employee, Store
from salesapp.staff.queries.access_search import Asked, bounded_count, entries_asked_for, sealed_until

PAGE = 50
PATIENCE_MS = 5000  # a search without a name over years of look-ups is given up


@dataclass(frozen=True, slots=True)
class Question:
    """What a privacy officer types. ``who`` is a phone number or an opaque id, ``until`` the last day."""

    employee_no: str = ""
    store: str = ""
    who: str = ""
    reason: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Understood:
    """The question without the number, in a form that can be kept: what the next page is asked by."""

    employee_id: int | None
    store_id: int | None
    members: Sequence[int]
    address_hash: bytes | None
    every_hash: list[bytes]  # that and those of before, which the log keeps
    shown: str
    reason: str
    since: datetime | None
    until: datetime | None
    words: str
    thousand: int | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """``after`` asks for the next page. Entries up to the number ``sealed`` are sealed, last at ``sealed_at``."""

    entries: list[AccessEntry]
    after: int | None
    count: int
    is_all: bool
    sealed: int
    sealed_at: datetime | None


def understand(question: Question) -> Understood:
    """Raises UnknownEmployee, UnknownStore, UnknownMember (for an opaque id), NotAPhoneNumber for what is neither."""
    employee = store = None
    if question.employee_no:
        employee = Employee.objects.filter(employee_no=question.employee_no).first()
        if employee is None:
            raise UnknownEmployee
    if question.store:
        store = Store.objects.filter(code=question.store).first()
        if store is None:
            raise UnknownStore
    number, members = _person(question.who) if question.who else (None, [])
    return Understood(
        employee_id=employee.pk if employee else None,
        store_id=store.pk if store else None,
        members=members,
        address_hash=number.bidx if number else None,
        every_hash=number.every_bidx if number else [],
        shown=number.masked if number else "",
        reason=question.reason,
        since=_midnight(question.since) if question.since else None,
        until=_midnight(question.until + timedelta(days=1)) if question.until else None,
        words=_words(question),
        thousand=number.thousand if number else None,
    )


def search_access_log(*, by: Employee, asked: Understood, why: str, after: int | None = None) -> Page:
    """A page of the entries, the newest first; every page is on record itself, with what it was asked for.

    ``why`` is one of AccessEntry.PrivacyReason. A search that names a person counts as a look-up of theirs. Raises
    LookUpsHeld, TooManyRequests, LimiterUnavailable, and OperationalError for a search that takes too long; that too is
    on record.
    """
    if asked.members or asked.address_hash:
        allow_look_up(by=by)  # whose number it is, or that it is nobody's, is told here as at a counter
    else:
        refuse_held(by=by)
        consume(group="access-log", key=str(by.pk), rates=settings.LOOKUP_LIMITS)
    record_read(
        by=by, reason=why, search=asked.words, address_hash=asked.address_hash or b"", thousand=asked.thousand,
        member_id=asked.members[0] if asked.members else None,
    )  # fmt: skip
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("select set_config('statement_timeout', %s, true)", [str(PATIENCE_MS)])
        found = entries_asked_for(
            Asked(
                asked.employee_id, asked.store_id, asked.members, asked.every_hash, asked.reason, asked.since,
                asked.until,
            )
        )  # fmt: skip
        count, is_all = bounded_count(found)
        if after is not None:
            found = found.filter(id__lt=after)
        entries = list(found.select_related("employee", "store")[: PAGE + 1])
        sealed, sealed_at = sealed_until()
    more = entries[PAGE - 1].pk if len(entries) > PAGE else None
    return Page(entries[:PAGE], more, count, is_all, sealed, sealed_at)


def _person(who: str) -> tuple[PhoneNumber | None, list[int]]:
    try:
        named = member_id(who.strip())
    except NotAPublicId:
        number = PhoneNumber.parse(who)
        points = ContactPoint.objects.filter(channel=ContactPoint.Channel.PHONE, bidx__in=number.bidx_to_ask)
        holder = points.values_list("member_id", flat=True).first()
        return number, identities(holder) if holder else []
    if not Member.objects.filter(pk=named).exists():
        raise UnknownMember
    return None, identities(stands_for(named))


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _words(question: Question) -> str:
    """What was asked, for the log: no number, whose hash stands beside it."""
    parts = {
        "employee": question.employee_no, "store": question.store, "reason": question.reason,
        "since": question.since, "until": question.until,
    }  # fmt: skip
    words = " ".join(f"{name} {value}" for name, value in parts.items() if value)
    return f"search: {words or 'everything'}"[:200]
