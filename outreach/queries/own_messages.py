"""What an employee has sent to single members: when, on which channel, what became of it. Not to whom."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from members.queries.catalogue import categories
from outreach.errors import BadCursor
from outreach.message_token import NotAToken, read_staff_name, staff_name
from outreach.models import Channel, Delivery, Message, TemplateVersion
from salesapp.staff.models import Employee

MOST_ROWS = 100


@dataclass(frozen=True, slots=True)
class OwnMessage:
    """``name`` is opaque. ``state`` is the provider's last word where there is one, else the message's own."""

    name: str
    channel: Channel
    template: str
    category: str
    at: datetime
    state: Message.State | Delivery.State


def own_messages(
    employee: Employee, *, after: str | None = None, limit: int = 20
) -> tuple[list[OwnMessage], str | None]:
    """A page, the newest first, and the cursor of the next. Raises BadCursor."""
    messages = Message.objects.filter(sender_id=employee.pk, broadcast_id=None)
    if after:
        last = _last_seen(employee, after)
        messages = messages.filter(
            Q(claimed_at__lt=last.claimed_at)
            | Q(claimed_at=last.claimed_at, member_id__lt=last.member_id)
            | Q(claimed_at=last.claimed_at, member_id=last.member_id, no__lt=last.no)
        )
    rows = list(messages.order_by("-claimed_at", "-member_id", "-no")[: limit + 1])
    page = rows[:limit]
    versions = TemplateVersion.objects.select_related("template").in_bulk({row.version_id for row in page})
    deliveries = Delivery.objects.in_bulk([(row.member_id, row.no) for row in page])
    known = categories()
    shown = []
    for row in page:
        template = versions[row.version_id].template
        delivery = deliveries.get((row.member_id, row.no))
        category = known.get(template.category_id or 0)
        shown.append(
            OwnMessage(
                staff_name(row.member_id, row.no),
                Channel(row.channel),
                template.name,
                category.name if category else "",
                row.claimed_at,
                Delivery.State(delivery.state) if delivery else Message.State(row.state),
            )
        )
    return shown, shown[-1].name if len(rows) > limit else None


def _last_seen(employee: Employee, cursor: str) -> Message:
    try:
        return Message.objects.get(pk=read_staff_name(cursor), sender_id=employee.pk)
    except (NotAToken, Message.DoesNotExist):
        raise BadCursor from None
