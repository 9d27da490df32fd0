"""What an employee has sent to single members, and what came of it. Not to whom.

Exact and of this moment, for these are one's own acts. What it costs is bounded by the sender: MESSAGE_LIMITS
bounds the messages of a day, and the sender's index finds them.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Count, DateField, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import TruncDate, TruncWeek
from django.utils import timezone

from members.queries.catalogue import categories
from outreach.errors import BadCursor
from outreach.message_token import NotAToken, read_staff_name, staff_name
from outreach.models import Channel, Delivery, Message, Outcome
from salesapp.staff.models import Employee
from salesapp.staff.queries.bounded_count import Counted, bounded_count

MOST_ROWS = 100
ATTRIBUTION_DAYS = 30  # what a broadcast has unless it says otherwise
WEEKS = 53  # how far back results are told


class Which(StrEnum):
    """All of one's messages, or those of the last year that were answered, or after which the member bought."""

    ALL = "all"
    ANSWERED = "answered"
    SOLD = "sold"


class Sums(NamedTuple):
    messages: int = 0
    replies: int = 0
    opted_out: int = 0
    sales: int = 0


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """``name`` is opaque. ``state`` is the provider's last word where there is one, else the message's own.

    ``bought_on`` is a purchase in the category within ATTRIBUTION_DAYS of the hand-over.
    """

    name: str
    channel: Channel
    template: str
    category: str
    at: datetime
    state: Message.State | Delivery.State
    replied_at: datetime | None
    opted_out: bool
    bought_on: date | None


def own_messages(
    employee: Employee, *, which: Which = Which.ALL, after: str | None = None, limit: int = 20
) -> tuple[list[OwnMessage], str | None]:
    """A page, the newest first, and the cursor of the next. Raises BadCursor."""
    found = _found(employee, which)
    if after:
        at, member_id, no = _place(employee, after)
        found = found.filter(
            Q(claimed_at__lt=at)
            | Q(claimed_at=at, member_id__lt=member_id)
            | Q(claimed_at=at, member_id=member_id, no__lt=no)
        )
    rows = list(found.order_by("-claimed_at", "-member_id", "-no")[: limit + 1])
    shown = [_shown(row) for row in rows[:limit]]
    return shown, shown[-1].name if len(rows) > limit else None


def count_own_messages(employee: Employee, which: Which) -> Counted:
    return bounded_count(_found(employee, which))


def own_weeks(employee: Employee) -> dict[date, Sums]:
    """Of messages that were handed over, by the Monday of their week; weeks without any are not there."""
    rows = (
        _of_the_year(employee)
        .filter(state__in=[Message.State.SENDING, Message.State.ACCEPTED, Message.State.UNKNOWN])
        .annotate(week=TruncWeek("claimed_at", output_field=DateField()))
        .values_list("week")
        .annotate(
            messages=Count("no"),
            replies=Count("no", filter=_ANSWERED),
            refusals=Count("no", filter=Q(opted_out=True)),
            sales=Count("no", filter=_SOLD),
        )
    )
    return {week: Sums(*numbers) for week, *numbers in rows}


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def first_week() -> date:
    """The Monday from which on results are told."""
    return monday_of(timezone.localdate()) - timedelta(weeks=WEEKS - 1)


_ANSWERED = Q(replied_at__isnull=False)
_SOLD = Q(
    bought_on__lte=ExpressionWrapper(
        TruncDate("handover_at") + timedelta(days=ATTRIBUTION_DAYS), output_field=DateField()
    )
)


def _found(employee: Employee, which: Which) -> QuerySet[Outcome]:
    match which:
        case Which.ALL:
            return Outcome.objects.filter(sender_id=employee.pk)
        case Which.ANSWERED:
            return _of_the_year(employee).filter(_ANSWERED)
        case Which.SOLD:
            return _of_the_year(employee).filter(_SOLD)


def _of_the_year(employee: Employee) -> QuerySet[Outcome]:
    since = timezone.make_aware(datetime.combine(first_week(), time()))
    return Outcome.objects.filter(sender_id=employee.pk, claimed_at__gte=since)


def _shown(row: Outcome) -> OwnMessage:
    category = categories().get(row.category_id or 0)
    late = row.bought_on and row.handover_at and row.bought_on > _last_day(row.handover_at)
    return OwnMessage(
        name=staff_name(row.member_id, row.no), channel=Channel(row.channel), template=row.template,
        category=category.name if category else "", at=row.claimed_at,
        state=Delivery.State(row.delivery) if row.delivery else Message.State(row.state),
        replied_at=row.replied_at, opted_out=row.opted_out, bought_on=None if late else row.bought_on,
    )  # fmt: skip


def _last_day(handover_at: datetime) -> date:
    return timezone.localdate(handover_at) + timedelta(days=ATTRIBUTION_DAYS)


def _place(employee: Employee, cursor: str) -> tuple[datetime, int, int]:
    try:
        member_id, no = read_staff_name(cursor)
        own = Outcome.objects.filter(sender_id=employee.pk).values_list("claimed_at", "member_id", "no")
        return own.get(member_id=member_id, no=no)
    except (NotAToken, Outcome.DoesNotExist):
        raise BadCursor from None
