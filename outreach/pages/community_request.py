"""Members who say that they live elsewhere, for the privacy officer: one at a time, each read on record."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from members.actions.answer_community_request import answer_community_request
from members.actions.read_community_request import read_community_request
from members.errors import NotSealable
from members.models import CommunityRequest
from salesapp.staff.actions.allow_look_up import allow_look_up
from salesapp.staff.models import AccessEntry
from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.pages.refused import REFUSALS, refused
from salesapp.staff.permissions import Permission

PAGE = "outreach/community_request.html"


@require_POST
@requires(Permission.ACT_FOR_MEMBER)
def community_request(request: EmployeeRequest) -> HttpResponse:
    """The one that waits longest. ``answer`` grant or refuse settles the one on the screen, anything passes it by."""
    answer = request.POST.get("answer", "")
    asked, place = _number(request.POST.get("request", "")), _number(request.POST.get("community", ""))
    gone = False
    try:
        allow_look_up(by=request.user)
        if asked and answer in ("grant", "refuse"):
            try:
                answer_community_request(
                    request_id=asked, community_id=place, granted=answer == "grant", by=request.user
                )
            except CommunityRequest.DoesNotExist:
                gone = True
        # What was not settled may wait with another community
        following = read_community_request(by=request.user, after=asked - 1 if gone else asked)
    except NotSealable:
        return render(request, PAGE, {"problem": "unavailable"}, status=503)
    except REFUSALS as why:
        shown, status = refused(why, request.user)
        return render(request, PAGE, shown, status=status)
    reasons = AccessEntry.PrivacyReason.choices  # of reading the history, which is another read
    return render(request, PAGE, {"asked": following, "gone": gone, "answer": answer, "reasons": reasons})


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 16 else 0
