"""What the privacy officer does at a member's request: erase them, file them under another community."""

from contextlib import suppress

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from members.actions.request_erasure import request_erasure
from members.actions.settle_community_request import settle_community_request
from members.models import CommunityRequest, Erasure, Member
from members.public_id import NotAPublicId, member_id
from outreach.pages.consents import ON_REQUEST
from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.permissions import Permission

PAGE = "outreach/erase_member.html"


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
        request_erasure(member_id=subject, by=request.user, reason=Erasure.Reason(reason))
    except Member.DoesNotExist:
        return render(request, PAGE, {**context, "problem": "unknown"}, status=422)
    return render(request, PAGE, {**context, "done": True})


@require_POST
@requires(Permission.ACT_FOR_MEMBER)
def community_request(request: EmployeeRequest) -> HttpResponse:
    """``answer`` is grant or refuse; one that somebody settled before stays as it was."""
    number, answer = request.POST.get("request", ""), request.POST.get("answer")
    if answer in ("grant", "refuse") and number.isdecimal() and len(number) < 16:
        with suppress(CommunityRequest.DoesNotExist):
            settle_community_request(request_id=int(number), granted=answer == "grant", by=request.user)
    return HttpResponseRedirect(reverse("consents"))
