"""播音台: the list of broadcasts, one with its progress and results, whom it speaks to, and its moves."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from outreach.actions.approve_broadcast import approve_broadcast
from outreach.actions.cancel_broadcast import cancel_broadcast
from outreach.actions.pause_broadcast import pause_broadcast
from outreach.actions.resume_broadcast import resume_broadcast
from outreach.errors import BadCursor, OwnBroadcast, WrongState
from outreach.models import Broadcast
from outreach.queries.broadcast_communities import broadcast_communities
from outreach.queries.broadcast_facts import SHOWN_WITH, broadcast_facts
from outreach.queries.broadcast_text import broadcast_text
from outreach.queries.broadcasts import broadcast_page, visible_broadcasts
from outreach.queries.sending_state import SendingState, sending_state
from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.pages.listed import listed
from salesapp.staff.permissions import Permission

MOST_NAMED = 20
State = Broadcast.State
MOVES = {
    "approve": (approve_broadcast, Permission.OVERSEE_BROADCASTS),
    "pause": (pause_broadcast, Permission.OVERSEE_BROADCASTS),
    "resume": (resume_broadcast, Permission.BROADCAST),
    "cancel": (cancel_broadcast, Permission.OVERSEE_BROADCASTS),
}
POSSIBLE = {
    State.AWAITING_APPROVAL: ["approve", "cancel"],
    State.SCHEDULED: ["cancel"],
    State.RUNNING: ["pause", "cancel"],
    State.PAUSED: ["resume", "cancel"],
}
MOVING = {State.SCHEDULED, State.RUNNING, State.PAUSED}


@require_safe
@requires(Permission.OVERSEE_BROADCASTS)
def broadcasts(request: EmployeeRequest) -> HttpResponse:
    try:
        page, following, counted = broadcast_page(
            visible_broadcasts(request.user), after=request.GET.get("after") or None
        )
    except BadCursor:
        raise Http404 from None
    sending = sending_state()
    rows = [{"it": broadcast_facts(row), "waits": _waits(row, sending)} for row in page]
    shown = {
        "sending": sending,
        "waiting": any(row["waits"] for row in rows),
        "may_plan": request.user.may(Permission.BROADCAST),
    }
    return render(request, "outreach/broadcasts.html", listed(request, rows, following, counted) | shown)


@require_safe
@requires(Permission.OVERSEE_BROADCASTS)
def broadcast(request: EmployeeRequest, broadcast_id: int) -> HttpResponse:
    return _one(request, broadcast_id)


@require_safe
@requires(Permission.OVERSEE_BROADCASTS)
def communities_of_broadcast(request: EmployeeRequest, broadcast_id: int) -> HttpResponse:
    """All of them by name, in pages."""
    row = _find(request, broadcast_id)
    try:
        page, following, counted = broadcast_communities(row, after=request.GET.get("after") or None)
    except BadCursor:
        raise Http404 from None
    shown = listed(request, page, following, counted)
    return render(request, "outreach/broadcast_area.html", {"it": broadcast_facts(row), **shown})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.OVERSEE_BROADCASTS)
def move_broadcast(request: EmployeeRequest, broadcast_id: int, move: str) -> HttpResponse:
    """Approve, pause, resume or cancel it, then its page again. What cannot be undone is asked about on GET."""
    if move not in MOVES:
        raise Http404
    action, needed = MOVES[move]
    if not request.user.may(needed):
        raise PermissionDenied
    if request.method != "POST":
        if move != "cancel":
            return HttpResponseNotAllowed(["POST"])
        return _asked_again(request, broadcast_id)
    try:
        action(by=request.user, broadcast_id=broadcast_id)
    except Broadcast.DoesNotExist:
        raise Http404 from None
    except WrongState:
        return _one(request, broadcast_id, _("The broadcast has moved on. This is how it stands now."), 422)
    except OwnBroadcast:
        return _one(request, broadcast_id, _("A second person has to approve it."), 422)
    return redirect("broadcast", broadcast_id=broadcast_id)


def _asked_again(request: EmployeeRequest, broadcast_id: int) -> HttpResponse:
    row = _find(request, broadcast_id)
    if "cancel" not in POSSIBLE.get(row.state_now, []):
        return redirect("broadcast", broadcast_id=broadcast_id)
    shown = {"it": broadcast_facts(row), "begun": row.launched_at is not None}
    return render(request, "outreach/broadcast_cancel.html", shown)


def _find(request: EmployeeRequest, broadcast_id: int) -> Broadcast:
    row = visible_broadcasts(request.user).select_related(*SHOWN_WITH).filter(pk=broadcast_id).first()
    if row is None:
        raise Http404
    return row


def _one(
    request: EmployeeRequest, broadcast_id: int, problem: str | Promise | None = None, status: int = 200
) -> HttpResponse:
    row = _find(request, broadcast_id)
    own = row.created_by_id == request.user.pk
    sending = sending_state()
    named, more, counted = broadcast_communities(row, limit=MOST_NAMED) if row.communities else ([], None, None)
    shown = {
        "it": broadcast_facts(row),
        "moves": [
            move for move in POSSIBLE.get(row.state_now, [])
            if request.user.may(MOVES[move][1]) and not (move == "approve" and own)
        ],
        "problem": problem,
        "text": broadcast_text(row.version, category_id=row.category_id),
        "named": [community.name for community in named],
        "unnamed": counted.number - MOST_NAMED if counted and more else 0,
        "begun": row.launched_at is not None,
        # Plans gather once they are scheduled: this one was
        "grown": row.state_now == State.AWAITING_APPROVAL and row.gathered_at is not None,
        "moving": row.state in MOVING,
        "sending": sending if row.state_now in {State.AWAITING_APPROVAL, *MOVING} else None,
        "waits": _waits(row, sending),
    }  # fmt: skip
    return render(request, "outreach/broadcast.html", shown, status=status)


def _waits(row: Broadcast, sending: SendingState) -> bool:
    """Whether it would send now, were it day."""
    due = row.state == State.RUNNING or (row.state == State.SCHEDULED and row.starts_at <= timezone.now())
    return due and sending.night
