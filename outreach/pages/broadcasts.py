"""播音台: the list of broadcasts, a new one with its live count, one with its progress and results."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from geo.models import Community, Region
from members.models import Category
from members.queries.catalogue import categories, category_id, default_category
from outreach.actions.act_once import act_once
from outreach.actions.approve_broadcast import approve_broadcast
from outreach.actions.cancel_broadcast import cancel_broadcast
from outreach.actions.pause_broadcast import pause_broadcast
from outreach.actions.plan_broadcast import plan_broadcast
from outreach.actions.resume_broadcast import resume_broadcast
from outreach.errors import BadRequestKey, BroadcastRefused, OwnBroadcast, RequestKeyReused, WrongState
from outreach.models import Broadcast, Channel
from outreach.pages.broadcast_form import LEVELS, BroadcastForm, usual_window
from outreach.queries.area import MOST_COMMUNITIES, area_of
from outreach.queries.audience_counts import audience_counts
from outreach.queries.audience_facts import AudienceFacts, audience_facts
from outreach.queries.broadcast_facts import SHOWN_WITH, broadcast_facts
from outreach.queries.broadcasts import versions_for_broadcasts, visible_broadcasts
from outreach.queries.rendering import preview, wording_of
from outreach.queries.visible import visible_communities
from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.permissions import Permission

MOST_ROWS = 50
MOST_FOUND = 20
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


@require_safe
@requires(Permission.OVERSEE_BROADCASTS)
def broadcasts(request: EmployeeRequest) -> HttpResponse:
    rows = visible_broadcasts(request.user).select_related(*SHOWN_WITH).order_by("-pk")[:MOST_ROWS]
    shown = [broadcast_facts(row) for row in rows]
    return render(
        request, "outreach/broadcasts.html", {"rows": shown, "may_plan": request.user.may(Permission.BROADCAST)}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.BROADCAST)
def new_broadcast(request: EmployeeRequest) -> HttpResponse:
    """The form; on POST the plan, once for the form's key, and on to its page."""
    if request.method != "POST":
        # From the map come a category and the communities that were picked there
        area = {"region": request.user.region_id, "min_level": 3, "category": _asked_category(request)}
        form = BroadcastForm(request.user, initial=usual_window() | area)
        return _form(request, form, key=str(uuid.uuid4()))
    form = BroadcastForm(request.user, request.POST)
    key, picked = request.POST.get("key", ""), _picked(request)
    if form.is_valid():
        asked = ["broadcast", sorted((name, request.POST.getlist(name)) for name in request.POST if "csrf" not in name)]
        plan = form.plan(picked)
        try:
            planned = act_once(
                by=request.user, key=key, asked=asked,
                effect=lambda: {"id": plan_broadcast(by=request.user, plan=plan).pk},
            )  # fmt: skip
        except BroadcastRefused as refusal:
            found = refusal.finding
            form.add_error(found.field if found.field in form.fields else None, str(found.detail))
        except (BadRequestKey, RequestKeyReused):
            form.add_error(None, _("This form was sent before. Check the list, then try again."))
            key = str(uuid.uuid4())
        else:
            return redirect("broadcast", broadcast_id=planned["id"])
    return _form(request, form, key=key, status=422)


@require_POST
@requires(Permission.BROADCAST)
def broadcast_count(request: EmployeeRequest) -> HttpResponse:
    """How many the form as it stands would reach now, and the texts it may choose from."""
    form = BroadcastForm(request.user, request.POST)
    return render(
        request, "outreach/parts/broadcast_count.html", {"form": form, "fragment": True} | _choice(request, form)
    )


@require_safe
@requires(Permission.BROADCAST)
def broadcast_communities(request: EmployeeRequest) -> HttpResponse:
    """Communities by name, after those that are picked already."""
    return render(request, "outreach/parts/broadcast_communities.html", _communities(request))


@require_safe
@requires(Permission.OVERSEE_BROADCASTS)
def broadcast(request: EmployeeRequest, broadcast_id: int) -> HttpResponse:
    return _one(request, broadcast_id)


@require_POST
@requires(Permission.OVERSEE_BROADCASTS)
def move_broadcast(request: EmployeeRequest, broadcast_id: int, move: str) -> HttpResponse:
    """Approve, pause, resume or cancel it, then its page again."""
    if move not in MOVES:
        raise Http404
    action, needed = MOVES[move]
    if not request.user.may(needed):
        raise PermissionDenied
    try:
        action(by=request.user, broadcast_id=broadcast_id)
    except Broadcast.DoesNotExist:
        raise Http404 from None
    except WrongState:
        return _one(request, broadcast_id, _("The broadcast has moved on. This is how it stands now."), 422)
    except OwnBroadcast:
        return _one(request, broadcast_id, _("A second person has to approve it."), 422)
    return redirect("broadcast", broadcast_id=broadcast_id)


def _one(
    request: EmployeeRequest, broadcast_id: int, problem: str | Promise | None = None, status: int = 200
) -> HttpResponse:
    row = visible_broadcasts(request.user).select_related(*SHOWN_WITH).filter(pk=broadcast_id).first()
    if row is None:
        raise Http404
    own = row.created_by_id == request.user.pk
    moves = [
        move for move in POSSIBLE.get(State(row.state), [])
        if request.user.may(MOVES[move][1]) and not (move == "approve" and own)
    ]  # fmt: skip
    shown = {
        "it": broadcast_facts(row),
        "moves": moves,
        "problem": problem,
        "text": preview(wording_of(row.version)).text,
    }
    moving = row.state in {State.SCHEDULED, State.RUNNING, State.PAUSED}
    return render(request, "outreach/broadcast.html", shown | {"moving": moving}, status=status)


def _form(request: EmployeeRequest, form: BroadcastForm, *, key: str, status: int = 200) -> HttpResponse:
    shown = {"form": form, "key": key} | _communities(request) | _choice(request, form)
    return render(request, "outreach/broadcast_new.html", shown, status=status)


def _choice(request: EmployeeRequest, form: BroadcastForm) -> dict[str, Any]:
    """The count and the texts for what is chosen so far, the first of each where nothing is."""
    form.is_valid()
    asked = form.cleaned_data if form.is_bound else form.initial
    try:
        category = category_id(asked.get("category") or default_category())
    except Category.DoesNotExist:
        return {"counts": None, "texts": []}
    channel = asked.get("channel") or Channel.SMS
    return {
        "counts": _counts(request, asked.get("region"), category, asked.get("min_level") or LEVELS[0], channel),
        "texts": [
            (version.pk, version.template.name, preview(wording_of(version)).text)
            for version in versions_for_broadcasts(channel=channel, category_id=category)
        ],
    }


def _counts(
    request: EmployeeRequest, region_id: int | None, category: int, min_level: int, channel: Channel
) -> AudienceFacts | None:
    try:
        area = area_of(request.user, region_id=region_id, community_ids=_picked(request))
    except (Region.DoesNotExist, Community.DoesNotExist):
        return None
    return audience_facts(audience_counts(area, category_id=category, min_level=min_level, channel=channel))


def _asked_category(request: EmployeeRequest) -> str | None:
    asked = request.GET.get("category")
    return asked if asked in {entry.code for entry in categories().values()} else None


def _picked(request: EmployeeRequest) -> list[int]:
    """Ids of communities as they were sent; whose they are is checked with the area."""
    sent = (request.POST if request.method == "POST" else request.GET).getlist("communities")
    return [int(text) for text in sent[: MOST_COMMUNITIES + 1] if text.isdecimal() and len(text) < 19]


def _communities(request: EmployeeRequest) -> dict[str, Any]:
    own = visible_communities(request.user).select_related("region").only("name", "region__name")
    picked = list(own.filter(id__in=_picked(request)).order_by("name"))
    typed = request.GET.get("q", "").replace("\0", "").strip()[:40]
    found = (
        own.filter(name__contains=typed).exclude(id__in=[c.pk for c in picked]).order_by("name")
        if typed
        else own.none()
    )
    return {"picked": picked, "found": found[:MOST_FOUND], "typed": typed}
