"""The counter: a phone number in, the masked portrait out.

The number is read from a POST body only, handed to the action and never sent back: what the page shows
is the masked form that the action made of it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from members.actions.look_up_member import look_up_member
from members.errors import NotAPhoneNumber
from members.public_id import member_id
from members.queries.catalogue import categories
from members.queries.portrait import Portrait, ShownModel
from outreach.queries.join_code import join_code
from outreach.queries.month_used import month_used
from outreach.refusal_words import in_words as in_words_of_refusal
from salesapp.staff.errors import TooManyRequests
from salesapp.staff.models import AccessEntry
from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.pages.refused import REFUSALS, refused
from salesapp.staff.permissions import Permission

ACTIVITY = {"active": _("Active"), "quiet": _("Quiet lately"), "dormant": _("Dormant")}
WHOSE_NEIGHBOURS = {
    "community": _("Neighbours buy"),
    "district": _("The district buys"),
    "city": _("The city buys"),
    "country": _("The country buys"),
}
# The strongest needs are shown with their reasons, the rest by name: a portrait is one screen
NEEDS_IN_FULL = 3


@sensitive_post_parameters("phone")
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.LOOK_UP_MEMBER)
def counter(request: EmployeeRequest) -> HttpResponse:
    """The empty page; on POST the answer, as a fragment for htmx and as the whole page without it."""
    if request.method != "POST":
        return render(request, "outreach/counter.html", {"reasons": AccessEntry.Reason.choices})
    answer, status, headers = _answer(request)
    template = "outreach/parts/answer.html" if request.htmx else "outreach/counter.html"
    context = {
        "reasons": AccessEntry.Reason.choices,
        "answered": True,
        "may_write": request.user.may(Permission.WRITE_TO_MEMBER),
        **answer,
    }
    response = render(request, template, context, status=status)
    for name, value in headers.items():
        response[name] = value
    return response


def _answer(request: EmployeeRequest) -> tuple[dict[str, Any], int, dict[str, str]]:
    """What the template shows, the status, further headers."""
    reason = request.POST.get("reason", "")
    if reason not in AccessEntry.Reason.values:
        return {"problem": "no_reason"}, 422, {}
    try:
        found = look_up_member(by=request.user, phone=request.POST.get("phone", ""), reason=reason)
    except NotAPhoneNumber:
        return {"problem": "no_number"}, 422, {}
    except REFUSALS as why:
        wait = {"Retry-After": str(why.retry_after)} if isinstance(why, TooManyRequests) else {}
        return *refused(why, request.user), wait
    if not found["found"]:
        return {"portrait": None, "join": join_code(request.user)}, 200, {}
    return {"portrait": _portrait(found), "refusal": _refusal(request, found)}, 200, {}


def _refusal(request: EmployeeRequest, found: Portrait) -> str | Promise | None:
    """Why there is nothing to write, where that is known without drafting it."""
    if not request.user.may(Permission.WRITE_TO_MEMBER) or found["member"]["id"] is None:
        return None
    if not found["needs"]:
        return _("No need is known, so there is nothing to write about. Whoever needs nothing hears nothing from us.")
    used = month_used(member_id(found["member"]["id"]))
    return in_words_of_refusal(used) if used else None


def _portrait(found: Portrait) -> dict[str, Any]:
    """The look-up's answer, arranged as it is read: by category, the strongest need first."""
    neighbours = {entry["category"]: entry["models"] for entry in found["neighbours"]}
    glyphs = {category.code: category.glyph for category in categories().values()}
    this_year = timezone.localdate().year
    since = found["member"]["since"]
    needs = [
        {
            **need,
            "glyph": glyphs.get(need["category"]),
            "neighbours": _by_level(neighbours.get(need["category"], [])),
        }
        for need in sorted(found["needs"], key=lambda need: -need["level"])
    ]
    return {
        "id": found["member"]["id"],
        "title": found["member"]["title"],
        "phone": found["member"]["phone"],
        "since": datetime.strptime(since, "%Y-%m").date() if since else None,
        "activity": ACTIVITY.get(found["activity"] or ""),
        "say": found["say"],
        "needs": needs[:NEEDS_IN_FULL],
        "weaker": needs[NEEDS_IN_FULL:],
        "owns": [
            {**own, "glyph": glyphs.get(own["category"]), "age": this_year - own["year"]} for own in found["owns"]
        ],
        "as_of": found["as_of"],
    }


def _by_level(models: Sequence[ShownModel]) -> list[tuple[str | Promise, list[str]]]:
    """Models under the words that say whose habit they are; the nearest first, the order kept."""
    return [
        (words, _names(those))
        for level, words in WHOSE_NEIGHBOURS.items()
        if (those := [model for model in models if model["level"] == level])
    ]


def _names(models: Sequence[ShownModel]) -> list[str]:
    """Brand and model; the brand once where the next is of the same."""
    brands = ["", *(model["brand"] for model in models)]
    return [
        model["model"] if model["brand"] == before else f"{model['brand']} {model['model']}"
        for before, model in zip(brands, models, strict=False)
    ]
