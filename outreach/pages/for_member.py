"""What the privacy officer does at a member's request: a copy, corrections, an objection, a withdrawal, erasure.

The first POST of a change shows what will happen; the one with the key of that form has it done, once.
"""

import secrets
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from geo.models import Community
from members.actions.request_erasure import request_erasure
from members.errors import BeingErased, NotSealable, UnknownMember
from members.masking import surname_alone
from members.models import Consent, Erasure, Member
from members.public_id import NotAPublicId, member_id
from members.queries.consent_history import stands_for
from outreach.actions.act_for_member import REASONS
from outreach.actions.copy_for_member import copy_for_member
from outreach.actions.correct_for_member import correct_for_member, move_for_member
from outreach.actions.object_for_member import object_for_member
from outreach.actions.withdraw_for_member import withdraw_for_member
from outreach.errors import BadRequestKey, RequestKeyReused
from outreach.pages.consents import ON_REQUEST
from outreach.pages.copy_file import as_file
from outreach.pages.cut_list import cut_list
from outreach.queries.communities_named import communities_named
from salesapp.staff.actions.allow_look_up import allow_look_up
from salesapp.staff.models import AccessEntry
from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.pages.refused import REFUSALS, refused
from salesapp.staff.permissions import Permission
from salesapp.staff.typed import sent_back

PAGE = "outreach/erase_member.html"
ACT_PAGE = "outreach/for_member.html"


@require_POST
@requires(Permission.ACT_FOR_MEMBER)
def copy_of_member(request: EmployeeRequest) -> HttpResponse:
    """A file to hand to the member, in the shape of their own copy; a POST, because it is a read on record."""
    named, reason = request.POST.get("member", ""), request.POST.get("reason", "")
    answer: list[HttpResponse] = []

    def act() -> None:
        answer.append(as_file(copy_for_member(by=request.user, member=named, reason=reason), "member-data.json"))

    refused = _refused(request, reason, act)
    return _show(request, "copy", **refused) if refused else answer[0]


@require_POST
@requires(Permission.ACT_FOR_MEMBER)
def withdraw_of_member(request: EmployeeRequest) -> HttpResponse:
    """``channel`` is the number of one, or 0 for every one. An officer never gives a consent."""
    text = request.POST.get("channel", "")
    channel = next((each for each in Consent.Channel if str(each.value) == text), None)
    if channel is None:
        return _show(request, "withdraw", problem="channel", status=422)
    named, reason = request.POST.get("member", ""), request.POST.get("reason", "")

    def act() -> None:
        withdraw_for_member(by=request.user, member=named, reason=reason, channel=channel, key=_key(request))

    every = channel == Consent.Channel.EVERY
    return _in_two_steps(request, "withdraw", act, carried={"channel": text}, every=every, channel=channel.label)


@require_POST
@requires(Permission.ACT_FOR_MEMBER)
def objection_of_member(request: EmployeeRequest) -> HttpResponse:
    """``objects`` is yes, or no to take an objection back."""
    objects = request.POST.get("objects", "")
    if objects not in ("yes", "no"):
        return _show(request, "object", problem="objects", status=422)
    named, reason = request.POST.get("member", ""), request.POST.get("reason", "")

    def act() -> None:
        object_for_member(by=request.user, member=named, reason=reason, objects=objects == "yes", key=_key(request))

    return _in_two_steps(request, "object", act, carried={"objects": objects}, objects=objects == "yes")


@sensitive_post_parameters("surname")
@require_POST
@requires(Permission.ACT_FOR_MEMBER)
def correction_of_member(request: EmployeeRequest) -> HttpResponse:
    """Surname and title, or the community where the member lives; what is on file is not shown here."""
    titles = [(Member.Title.MR, _("Mr")), (Member.Title.MS, _("Ms"))]
    named, reason = request.POST.get("member", ""), request.POST.get("reason", "")
    if "search" in request.POST:
        query = request.POST["search"].strip()
        found, total = communities_named(query)
        cut = cut_list(len(found), total)
        return _show(request, "correct", titles=titles, query=sent_back(query), found=found, cut=cut)
    if "community" in request.POST:
        place = _community(request.POST["community"])
        if place is None:
            return _show(request, "correct", titles=titles, problem="community", status=422)

        def move() -> None:
            move_for_member(by=request.user, member=named, reason=reason, community_id=place.pk, key=_key(request))

        return _in_two_steps(request, "correct", move, titles=titles, moved=True)
    surname, title = surname_alone(request.POST.get("surname", "").strip()), request.POST.get("title", "")
    sent = {"surname", "key"} & set(request.POST)
    if sent and (not surname or title not in (Member.Title.MR, Member.Title.MS)):
        return _show(request, "correct", titles=titles, problem="name", status=422)

    def correct() -> None:
        correct_for_member(
            by=request.user, member=named, reason=reason, surname=surname, title=title, key=_key(request)
        )

    return _in_two_steps(request, "correct", correct, titles=titles)


def _in_two_steps(request: EmployeeRequest, name: str, act: Callable[[], None], **shown: Any) -> HttpResponse:
    if "key" not in request.POST:
        refused = _refused(request, request.POST.get("reason", ""), _check_id(request))
        return _show(request, name, **shown, **refused)
    refused = _refused(request, request.POST.get("reason", ""), act)
    return _show(request, name, **shown, **(refused or {"done": True}))


def _check_id(request: EmployeeRequest) -> Callable[[], None]:
    """Nothing is read of anybody before the second step, so that it takes no entry; the id alone is looked at."""

    def check() -> None:
        try:
            member_id(request.POST.get("member", ""))
        except NotAPublicId:
            raise UnknownMember from None

    return check


def _refused(request: EmployeeRequest, reason: str, act: Callable[[], None]) -> dict[str, Any]:
    """What to tell where the act was refused; empty where it was done."""
    if reason not in REASONS:
        return {"problem": "reason", "status": 422}
    try:
        act()
    except UnknownMember:
        return {"problem": "unknown", "status": 422}
    except BeingErased:
        return {"problem": "erased", "status": 409}
    except (BadRequestKey, RequestKeyReused):
        return {"problem": "again", "status": 409}
    except NotSealable:
        return {"problem": "unavailable", "status": 503}
    except REFUSALS as why:
        shown, status = refused(why, request.user)
        return {**shown, "status": status}
    return {}


def _show(request: EmployeeRequest, name: str, status: int = 200, **more: Any) -> HttpResponse:
    reason = request.POST.get("reason", "")
    if reason not in REASONS:
        reason = ""
    context = {
        "act": name,
        "member": _named(request),
        "reason": reason,
        "because": AccessEntry.PrivacyReason(reason).label if reason else "",
        "key": sent_back(_key(request)) or secrets.token_urlsafe(16),
        # These are mended on the form itself
        "form": more.get("problem") in (None, "name", "community", "limit", "unavailable") and name != "copy",
        **more,
    }
    return render(request, ACT_PAGE, context, status=status)


def _named(request: EmployeeRequest) -> str:
    """The id as it came, if it is one: a number typed in its place does not come back."""
    named = request.POST.get("member", "")
    try:
        member_id(named)
    except NotAPublicId:
        return ""
    return named


def _key(request: EmployeeRequest) -> str:
    return request.POST.get("key", "")[:100]


def _community(text: str) -> Community | None:
    return Community.objects.filter(pk=int(text)).first() if text.isdecimal() and len(text) < 16 else None


@require_POST
@requires(Permission.ACT_FOR_MEMBER)
def erase_member(request: EmployeeRequest) -> HttpResponse:
    """The first POST shows what will happen and asks for a word; the one with the word has it done."""
    word = _("erase")
    reasons = dict(ON_REQUEST)
    named, reason = request.POST.get("member", ""), request.POST.get("reason", "")
    context = {"member": named, "reason": reason, "because": reasons.get(reason), "word": word}
    try:
        subject = member_id(named)
    except NotAPublicId:
        return render(request, PAGE, {**context, "problem": "unknown"}, status=422)
    if reason not in reasons:
        return render(request, PAGE, {**context, "problem": "reason"}, status=422)
    if "word" not in request.POST:
        return render(request, PAGE, context)
    if request.POST["word"].strip().casefold() != word.casefold():
        return render(request, PAGE, {**context, "problem": "word"}, status=422)
    try:
        allow_look_up(by=request.user)
        request_erasure(member_id=stands_for(subject), by=request.user, reason=Erasure.Reason(reason))
    except Member.DoesNotExist:
        return render(request, PAGE, {**context, "problem": "unknown"}, status=422)
    except REFUSALS as why:
        shown, status = refused(why, request.user)
        return render(request, PAGE, {**context, **shown}, status=status)
    return render(request, PAGE, {**context, "done": True})
