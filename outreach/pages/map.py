"""The community map, its sheet, search by name, and the same figures as a list."""

from collections.abc import Sequence
from typing import TypedDict
from urllib.parse import urlencode

from csp.decorators import csp_update
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geo.models import Community
from members.queries.catalogue import categories
from outreach.base_map import base_map
from outreach.errors import BadCursor
from outreach.map_apps import map_apps
from outreach.pages.broadcast_form import packed, picked_communities
from outreach.pages.cut_list import cut_list
from outreach.phone_owner import KEPT_FOR, phone_owner
from outreach.queries.community_facts import community_facts
from outreach.queries.community_list import CommunityRow, community_list, count_communities, figures_as_of
from outreach.queries.district_steps import district_steps
from outreach.queries.found_communities import found_communities
from outreach.queries.look_alikes import look_alikes
from outreach.queries.visible import map_bounds, sees_one_district, visible_communities
from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.pages.listed import listed
from salesapp.staff.permissions import Permission
from salesapp.staff.typed import sent_back

# Where the five colours begin. Fixed, so that categories, places and days compare; a count below the
# first step of communities is protected and has a swatch of its own. Districts have their own steps.
STEPS_OF_COMMUNITIES = [5, 10, 20, 40, 80]
STEPS_OF_COVERAGE = [0, 10, 20, 30, 50]


@require_safe
@requires(Permission.SEE_MAP)
def community_map(request: EmployeeRequest) -> HttpResponse:
    choice = _category_choice(request)
    districts = district_steps(request.user)
    legends = [
        (
            "districts",
            _("Potential buyers in the district, at least"),
            _("no communities"),
            districts.get(choice["category"] or ""),
        ),
        ("communities", _("Potential buyers in the community"), "<5", STEPS_OF_COMMUNITIES),
        ("coverage", _("Coverage: households that own one, %"), _("unknown"), STEPS_OF_COVERAGE),
    ]
    ground = base_map()
    answer = render(
        request,
        "outreach/map.html",
        {
            **choice,
            "bounds": map_bounds(request.user),
            "one_district": sees_one_district(request.user),
            "legends": legends,
            "district_steps": districts,
            "ground": ground,
            "as_of": figures_as_of(),
        },
    )
    # It names nobody, so the phone keeps it, and opens it without network
    answer["Cache-Control"] = "private, no-cache"
    answer[KEPT_FOR] = phone_owner(request.user)
    if ground:
        # The base map's host, and for this page alone
        csp_update({"img-src": [ground.origin], "connect-src": [ground.origin]})(lambda request: answer)(request)
    return answer


@require_safe
@requires(Permission.SEE_MAP)
def community_table(request: EmployeeRequest) -> HttpResponse:
    """The map's figures as a list, for readers and devices that the map does not serve; for htmx the rows alone."""
    choice = _category_choice(request)
    try:
        rows, following = _page(request, choice["category"])
    except BadCursor:
        raise Http404 from None
    return render(
        request,
        "outreach/parts/community_rows.html" if request.htmx else "outreach/community_list.html",
        {
            **choice,
            **listed(request, rows, following, count_communities(request.user)),
            "continued": "after" in request.GET,
            "no_map": "no_map" in request.GET,
            "as_of": figures_as_of(),
        },
    )


@require_safe
@requires(Permission.SEE_MAP)
def community_search(request: EmployeeRequest) -> HttpResponse:
    """Communities by a part of their name: below the map's field for htmx, a page of its own without it."""
    typed = sent_back(request.GET.get("q", "").strip())
    found, total = found_communities(request.user, typed)
    template = "outreach/parts/communities_found.html" if request.htmx else "outreach/community_search.html"
    shown = {"typed": typed, "found": found, "cut": cut_list(len(found), total)}
    return render(request, template, {**_category_choice(request), **shown})


@require_safe
@requires(Permission.SEE_MAP)
def community(request: EmployeeRequest, community_id: int) -> HttpResponse:
    """One community: the map's sheet for htmx, a page of its own without it."""
    try:
        facts = community_facts(request.user, community_id)
    except Community.DoesNotExist:
        raise Http404 from None
    choice = _category_choice(request)
    place = visible_communities(request.user).values_list("point", flat=True).get(pk=community_id)
    shown: dict[str, object] = {
        "facts": facts,
        "chosen": next((figure for figure in facts["figures"] if figure["category"] == choice["category"]), None),
        "map_apps": map_apps(facts["name"], place.x, place.y) if place else [],
    }
    if request.htmx:
        return render(request, "outreach/parts/community.html", choice | shown)
    shown["alike"] = look_alikes(request.user, community_id)
    return render(request, "outreach/community.html", choice | shown)


@require_safe
@requires(Permission.SEE_MAP)
def community_look_alikes(request: EmployeeRequest, community_id: int) -> HttpResponse:
    """The sheet's communities that resemble one; asked for when the reader opens that part."""
    try:
        alike = look_alikes(request.user, community_id)
    except Community.DoesNotExist:
        raise Http404 from None
    return render(request, "outreach/parts/look_alikes.html", {**_category_choice(request), "alike": alike})


class CategoryChoice(TypedDict):
    """``picked`` are the communities picked on the map for a broadcast, which the pages hand on to each other in
    ``asked``, the query of their addresses."""

    categories: list[tuple[str, str]]
    category: str | None
    may_broadcast: bool
    picked: list[int]
    picked_ids: str
    asked: str


def _page(request: EmployeeRequest, category: str | None) -> tuple[Sequence[CommunityRow], str | None]:
    if category is None:
        return [], None
    return community_list(request.user, category=category, after=request.GET.get("after") or None)


def _category_choice(request: EmployeeRequest) -> CategoryChoice:
    """The categories and the one asked for; an unknown one is answered by the first. And what is picked."""
    offered = [(entry.code, entry.name) for entry in categories().values()]
    codes = [code for code, _name in offered]
    asked = request.GET.get("category")
    category = asked if asked in codes else next(iter(codes), None)
    may_broadcast = request.user.may(Permission.BROADCAST)
    picked = picked_communities(request.GET) if may_broadcast else []
    query = {"category": category or ""} | ({"communities": packed(picked)} if picked else {})
    return {
        "categories": offered, "category": category, "may_broadcast": may_broadcast, "picked": picked,
        "picked_ids": packed(picked), "asked": urlencode(query),
    }  # fmt: skip
