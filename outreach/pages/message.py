"""A message from the counter: drafted under the portrait, edited, sent."""

import uuid
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from members.models import Category, Member, Need
from members.queries.catalogue import categories, category_id
from outreach.actions.draft_message import Draft, draft_message
from outreach.actions.write_from_counter import CounterForm, write_from_counter
from outreach.draft_ticket import NotATicket, draft_ticket, drafted_at
from outreach.errors import (
    BadRequestKey,
    DraftExpired,
    NothingToWrite,
    NotWritable,
    RequestKeyReused,
    WordingRefused,
)
from outreach.models import Channel
from outreach.placeholders import longest
from outreach.refusal_words import in_words
from outreach.wording import MOST_CHARACTERS, MOST_SEGMENTS
from salesapp.staff.errors import LimiterUnavailable, TooManyRequests
from salesapp.staff.models import AccessEntry
from salesapp.staff.pages import waiting
from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.permissions import Permission

# The event by which the phone knows this answer from that of a network which asks for a sign-in of its own
SENT = "message-sent"

_REFUSALS = (
    BadRequestKey, Category.DoesNotExist, DraftExpired, LimiterUnavailable, Member.DoesNotExist, Need.DoesNotExist,
    NothingToWrite, NotWritable, RequestKeyReused, TooManyRequests, WordingRefused,
)  # fmt: skip


@require_POST
@requires(Permission.WRITE_TO_MEMBER)
def counter_draft(request: EmployeeRequest) -> HttpResponse:
    """The form with a text to begin with; again for another need or channel."""
    try:
        return _answer(request, _form(request, _draft(request)))
    except _REFUSALS as error:
        return _answer(request, {"faults": _sentences(error)}, 422)


@sensitive_post_parameters("text")
@require_POST
@requires(Permission.WRITE_TO_MEMBER)
def counter_message(request: EmployeeRequest) -> HttpResponse:
    """Sends it, once for the form's key. A refusal leaves the text in the form; a 503 leaves it on the phone."""
    member, version, channel, category, text = (
        request.POST.get(name, "") for name in ("member", "version", "channel", "category", "text")
    )
    text = text.replace("\r\n", "\n")
    form = CounterForm(member, version, channel, category, text)
    try:
        write_from_counter(by=request.user, key=request.POST.get("key", ""), form=form, drafted_at=_drafted_at(request))
    except RequestKeyReused as error:
        return _answer(request, {"faults": _sentences(error)}, 422)
    except LimiterUnavailable as error:
        return _answer(request, {"faults": _sentences(error)}, 503)
    except _REFUSALS as error:
        return _answer(request, _again(request, text) | {"faults": _sentences(error)}, 422)
    answer = _answer(request, {"sent": True})
    answer["HX-Trigger"] = SENT
    return answer


def _drafted_at(request: EmployeeRequest) -> datetime | None:
    """A form that lay open is as good as one that waited on the phone."""
    try:
        return drafted_at(request.user, request.POST.get("member", ""), request.POST.get("ticket", ""))
    except NotATicket:
        return None


def _draft(request: EmployeeRequest) -> Draft:
    category, channel = request.POST.get("category"), request.POST.get("channel", "")
    return draft_message(
        by=request.user, member=request.POST.get("member", ""), category_id=category_id(category) if category else None,
        channel=Channel.__members__.get(channel),
    )  # fmt: skip


def _again(request: EmployeeRequest, text: str) -> dict[str, Any]:
    """The form with what was typed; nothing where there is no draft any more."""
    try:
        return _form(request, _draft(request)) | {"text": text}
    except _REFUSALS:
        return {}


def _form(request: EmployeeRequest, draft: Draft) -> dict[str, Any]:
    known = categories()
    refused = draft.channels[draft.channel]
    return {
        "draft": draft,
        "member": request.POST.get("member", ""),
        "text": draft.text.removesuffix(draft.ending),
        # xgettext sees no text inside an f-string
        "ending": draft.ending.replace("{link}", _("[link]")).replace("{unsubscribe}", _("[unsubscribe link]")),
        "longest_ending": longest(draft.ending),
        "needs": [(known[need].code, known[need].name) for need in draft.needs],
        "category": known[draft.category_id].code,
        "channels": [(channel.name, channel.label) for channel in draft.channels],
        "most_segments": MOST_SEGMENTS if draft.channel == Channel.SMS else None,
        "most_characters": MOST_CHARACTERS.get(draft.channel),
        "refusal": refused and in_words(refused),
        "key": uuid.uuid4(),
        "ticket": draft_ticket(request.user, request.POST.get("member", ""), timezone.now()),
    }


def _sentences(error: Exception) -> list[str]:
    match error:
        case WordingRefused():
            return [str(found.detail) for found in error.findings]
        case NotWritable():
            return [str(in_words(error))]
        case TooManyRequests():
            return [_("Too many messages. Try again in %(wait)s.") % {"wait": waiting.in_words(error.retry_after)}]
        case LimiterUnavailable():
            return [_("Messages cannot be sent at the moment. Try again later.")]
        case RequestKeyReused():
            return [_("This message has already been sent.")]
        case Member.DoesNotExist() | BadRequestKey() | DraftExpired():
            return [_("Look the customer up again to write to them.")]
    return [_("There is no text for this customer.")]


def _answer(request: EmployeeRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    """A fragment for htmx, the counter's page with the form on it without."""
    if request.htmx:
        return render(request, "outreach/parts/message.html", context, status=status)
    return render(
        request,
        "outreach/counter.html",
        {"reasons": AccessEntry.Reason.choices, "writing": True, **context},
        status=status,
    )
