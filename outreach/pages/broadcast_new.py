"""A new broadcast in three screens: whom, what and when, check and confirm. And the parts that htmx asks for."""

import uuid
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from geo.models import Community, Region
from members.models import Category
from members.queries.catalogue import categories, category_id, default_category
from outreach.actions.act_once import act_once
from outreach.actions.allow_asking import allow_asking
from outreach.actions.plan_broadcast import plan_broadcast
from outreach.errors import BadRequestKey, BroadcastRefused, RequestKeyReused
from outreach.models import Channel
from outreach.pages.broadcast_form import (
    LATER,
    LEVELS,
    WHAT,
    WHOM,
    BroadcastForm,
    opening_fields,
    packed,
    picked_communities,
)
from outreach.pages.cut_list import cut_list
from outreach.phone_owner import phone_owner
from outreach.queries.area import MOST_COMMUNITIES, area_of
from outreach.queries.audience_counts import audience_counts
from outreach.queries.audience_facts import AudienceFacts, audience_facts
from outreach.queries.broadcast_text import broadcast_text
from outreach.queries.broadcasts import versions_for_broadcasts
from outreach.queries.plan_check import Checked, check_audience, check_plan
from outreach.queries.sending_state import sending_state
from outreach.queries.visible import visible_communities, visible_regions
from salesapp.staff.errors import LimiterUnavailable, TooManyRequests
from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.pages.waiting import in_words
from salesapp.staff.permissions import Permission
from salesapp.staff.queries.bounded_count import bounded_count
from salesapp.staff.typed import sent_back

LIMITED = (TooManyRequests, LimiterUnavailable)
SCREENS = ("whom", "what", "check")
MOST_FOUND = 20
MOST_NAMED = 20
Faults = list[tuple[str, str]]


def _key_of(sent: str) -> str:
    """The key that was sent with the form, or a new one. It is no text that somebody typed: only a UUID is one."""
    try:
        return str(uuid.UUID(sent))
    except ValueError:
        return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class Entered:
    """All that was entered so far, on whichever screen; what was not has what the form opens with."""

    key: str
    fields: dict[str, str]
    picked: list[int]
    typed: str
    owner: str

    @classmethod
    def of(cls, request: EmployeeRequest) -> "Entered":
        sent: QueryDict = request.POST if request.method == "POST" else request.GET
        owner = phone_owner(request.user)
        # An address of another employee's, left on the phone
        if request.method != "POST" and sent.get("of", owner) != owner:
            sent = QueryDict()
        first = {"category": _first_category()} | opening_fields(request.user)
        fields = first | {name: sent_back(str(sent[name])) for name in (*WHOM, *WHAT) if name in sent}
        # Who gives a moment and not how it is meant, means the moment
        if "starts_at" in sent and "begin" not in sent:
            fields["begin"] = LATER
        # A link may name one that is gone
        if request.method != "POST" and fields["category"] not in {entry.code for entry in categories().values()}:
            fields["category"] = first["category"]
        return cls(
            key=_key_of(sent.get("key", "")), fields=fields, picked=picked_communities(sent),
            typed=sent_back(sent.get("q", "")).replace("\0", "").strip()[:40], owner=owner,
        )  # fmt: skip

    def address(self, step: str) -> str:
        """Of a screen, with everything in it."""
        asked = {"step": step, "of": self.owner, "key": self.key, **self.fields}
        if self.picked:
            asked["communities"] = packed(self.picked)
        if self.typed and step == "whom":
            asked["q"] = self.typed
        return f"{reverse('broadcast-new')}?{urlencode(asked)}"


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.BROADCAST)
def new_broadcast(request: EmployeeRequest) -> HttpResponse:
    """A screen; on POST the way to the one that was asked for, or the plan, once for the form's key."""
    entered = Entered.of(request)
    step = request.POST.get("step")
    if step in SCREENS:
        return redirect(entered.address(step))
    try:
        allow_asking(by=request.user, about="audience")  # every screen counts
        if request.method != "POST":
            return _screen(request, entered, request.GET.get("step", "whom"))
        return _plan(request, entered)
    except LIMITED as why:
        return _limited_screen(request, entered, why)


@require_POST
@requires(Permission.BROADCAST)
def broadcast_count(request: EmployeeRequest) -> HttpResponse:
    """How many the first screen as it stands would reach."""
    try:
        allow_asking(by=request.user, about="audience")
    except LIMITED as why:
        return _limited(render(request, "outreach/parts/broadcast_count.html", {"problem": _too_often(why)}), why)
    counts = _counts(request, Entered.of(request))
    return render(request, "outreach/parts/broadcast_count.html", {"counts": counts, "fragment": True})


@require_POST
@requires(Permission.BROADCAST)
def broadcast_communities(request: EmployeeRequest) -> HttpResponse:
    """Communities by name, after those that are picked already."""
    entered = Entered.of(request)
    template = "outreach/parts/broadcast_communities.html"
    try:
        allow_asking(by=request.user, about="communities")
    except LIMITED as why:
        picked = _communities(request, replace(entered, typed=""))
        return _limited(render(request, template, picked | {"cut": _too_often(why)}), why)
    return render(request, template, _communities(request, entered))


def _too_often(why: TooManyRequests | LimiterUnavailable) -> str:
    if isinstance(why, LimiterUnavailable):
        return _("Not available at the moment. Try again shortly.")
    return _("Too many counts and searches. Try again in %(wait)s.") % {"wait": in_words(why.retry_after)}


def _limited(answer: HttpResponse, why: TooManyRequests | LimiterUnavailable) -> HttpResponse:
    answer.status_code = 503
    if isinstance(why, TooManyRequests):
        answer.status_code, answer["Retry-After"] = 429, str(why.retry_after)
    return answer


def _limited_screen(
    request: EmployeeRequest, entered: Entered, why: TooManyRequests | LimiterUnavailable
) -> HttpResponse:
    """The first screen with all that was entered, and nothing counted."""
    form = BroadcastForm(request.user, entered.fields)
    form.is_valid()
    frame = _frame(form, entered, "whom", [("", _too_often(why))])
    shown = {"counts": None, "uncounted": True} | _communities(request, replace(entered, typed=""))
    return _limited(render(request, "outreach/broadcast_new.html", frame | shown), why)


def _frame(
    form: BroadcastForm, entered: Entered, step: str, faults: Faults | None, key: str | None = None
) -> dict[str, Any]:
    return {
        "form": form, "key": key or entered.key, "fields": entered.fields, "picked_ids": packed(entered.picked),
        "step": step, "faults": faults or [],
    }  # fmt: skip


def _screen(
    request: EmployeeRequest, entered: Entered, wanted: str, faults: Faults | None = None, key: str | None = None
) -> HttpResponse:
    """The wanted screen, or the first before it on which something is wrong, with what is."""
    form = BroadcastForm(request.user, entered.fields)
    form.is_valid()
    checked: Checked | None = None
    if wanted != "whom":
        try:
            wanted, wrong, checked = _so_far(request, form, entered, wanted)
        except BroadcastRefused as refusal:
            wanted, wrong = _refused(form, refusal)
        faults = wrong or faults
    shown = {
        "whom": _whom, "what": _what, "check": _check,
    }.get(wanted, _whom)(request, form, entered, checked)  # fmt: skip
    frame = _frame(form, entered, wanted if wanted in SCREENS else "whom", faults, key)
    return render(request, "outreach/broadcast_new.html", frame | shown, status=422 if faults else 200)


def _so_far(
    request: EmployeeRequest, form: BroadcastForm, entered: Entered, wanted: str
) -> tuple[str, Faults, Checked | None]:
    """Whether the screens before the wanted one are right. Raises BroadcastRefused."""
    if form.faults_of(WHOM):
        return "whom", _faults(form, WHOM), None
    if len(entered.picked) > MOST_COMMUNITIES:
        return "whom", [(_("Area"), _too_many())], None
    asked = form.cleaned_data
    if wanted == "check" and form.is_valid():
        return wanted, [], check_plan(by=request.user, plan=form.plan(entered.picked))
    checked = check_audience(
        by=request.user, region_id=asked["region"], community_ids=entered.picked,
        category_id=category_id(asked["category"]), min_level=asked["min_level"], channel=asked["channel"],
    )  # fmt: skip
    if wanted == "check":
        return "what", _faults(form, WHAT), None
    return wanted, [], checked


def _plan(request: EmployeeRequest, entered: Entered) -> HttpResponse:
    form = BroadcastForm(request.user, entered.fields)
    if not form.is_valid():
        screen = WHOM if form.faults_of(WHOM) else WHAT
        return _screen(request, entered, "whom" if screen is WHOM else "what", _faults(form, screen))
    if len(entered.picked) > MOST_COMMUNITIES:
        return _screen(request, entered, "whom", [(_("Area"), _too_many())])
    plan = form.plan(entered.picked)
    try:
        planned = act_once(
            by=request.user, key=entered.key,
            asked=["broadcast", sorted(entered.fields.items()), sorted(entered.picked)],
            effect=lambda: {"id": plan_broadcast(by=request.user, plan=plan).pk},
        )  # fmt: skip
    except BroadcastRefused as refusal:
        return _screen(request, entered, *_refused(form, refusal))
    except (BadRequestKey, RequestKeyReused):
        sent_before = [("", _("This form was sent before. Check the list, then try again."))]
        return _screen(request, entered, "check", sent_before, key=str(uuid.uuid4()))
    return redirect("broadcast", broadcast_id=planned["id"])


def _refused(form: BroadcastForm, refusal: BroadcastRefused) -> tuple[str, Faults]:
    """The screen to go back to, and why."""
    found = refusal.finding
    label = str(form.fields[found.field].label) if found.field in form.fields else _("Area")
    return ("what" if found.field in WHAT else "whom"), [(label, str(found.detail))]


def _faults(form: BroadcastForm, screen: tuple[str, ...]) -> Faults:
    return [
        (str(form.fields[name].label), str(error))
        for name in screen
        if name in form.errors
        for error in form.errors[name]
    ]


def _too_many() -> str:
    return _("At most %(most)s communities can be picked. For more, take the region.") % {"most": MOST_COMMUNITIES}


def _whom(request: EmployeeRequest, form: BroadcastForm, entered: Entered, checked: Checked | None) -> dict[str, Any]:
    return {"counts": _counts(request, entered)} | _communities(request, entered)


def _what(request: EmployeeRequest, form: BroadcastForm, entered: Entered, checked: Checked | None) -> dict[str, Any]:
    """The texts that fit, each as its members get it; the first is chosen where none was."""
    about = category_id(entered.fields["category"])
    channel = form.cleaned_data["channel"]
    texts = [
        (version.pk, version.template.name, broadcast_text(version, category_id=about))
        for version in versions_for_broadcasts(channel=channel, category_id=about)
    ]
    chosen = entered.fields.get("version")
    if chosen not in {str(version) for version, _name, _text in texts}:
        chosen = str(texts[0][0]) if texts else None
    name = entered.fields.get("name", f"{categories()[about].name} {_region(form).name}"[:60])
    return {"texts": texts, "chosen": chosen, "name": name, "channel": channel}


def _check(request: EmployeeRequest, form: BroadcastForm, entered: Entered, checked: Checked | None) -> dict[str, Any]:
    """Everything in words."""
    assert checked is not None  # noqa: S101 - nobody gets here without
    plan = form.plan(entered.picked)
    version = next(
        each for each in versions_for_broadcasts(channel=plan.channel, category_id=plan.category_id)
        if each.pk == plan.version_id
    )  # fmt: skip
    named = visible_communities(request.user).filter(pk__in=entered.picked).order_by("name")
    return {
        "checked": checked,
        "counts": audience_facts(checked.counts),
        "plan": plan,
        "category": categories()[plan.category_id].name,
        "levels": [level.label for level in LEVELS if level >= plan.min_level],
        "at_once": form.cleaned_data["begin"] != LATER,
        "template": version.template.name,
        "text": broadcast_text(version, category_id=plan.category_id),
        "named": [community.name for community in named.only("name")[:MOST_NAMED]],
        "unnamed": max(len(entered.picked) - MOST_NAMED, 0),
        "sending": sending_state(),
    }


def _counts(request: EmployeeRequest, entered: Entered) -> AudienceFacts | None:
    """None for what is no area, category, level or channel."""
    form = BroadcastForm(request.user, entered.fields)
    form.is_valid()
    asked = form.cleaned_data
    if form.faults_of(WHOM) or len(entered.picked) > MOST_COMMUNITIES:
        return None
    try:
        area = area_of(request.user, region_id=asked["region"], community_ids=entered.picked)
    except (Region.DoesNotExist, Community.DoesNotExist):
        return None
    about = category_id(asked["category"])
    return audience_facts(
        audience_counts(area, category_id=about, min_level=asked["min_level"], channel=Channel(asked["channel"]))
    )


def _region(form: BroadcastForm) -> Region:
    return visible_regions(form.by).get(pk=form.cleaned_data["region"] or form.by.region_id or 0)


def _first_category() -> str:
    try:
        return default_category()
    except Category.DoesNotExist:
        return ""


def _communities(request: EmployeeRequest, entered: Entered) -> dict[str, Any]:
    """Those that are picked, and those of the typed name; a list that is cut says of how many."""
    own = visible_communities(request.user).select_related("region").only("name", "region__name")
    picked = list(own.filter(id__in=entered.picked).order_by("name", "pk"))
    found = own.filter(name__contains=entered.typed).exclude(id__in=entered.picked) if entered.typed else own.none()
    rows = list(found.order_by("name", "pk")[: MOST_FOUND + 1])
    cut = cut_list(MOST_FOUND, bounded_count(found)) if len(rows) > MOST_FOUND else ""
    return {"picked": picked, "found": rows[:MOST_FOUND], "typed": entered.typed, "cut": cut}
