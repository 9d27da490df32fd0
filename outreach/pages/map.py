"""The community map, its sheet, and the same figures as a list."""

from collections.abc import Sequence
from typing import TypedDict

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from geo.models import Community
from members.queries.catalogue import categories
from outreach.errors import BadCursor
from outreach.pages.listed import listed
from outreach.queries.community_facts import community_facts
from outreach.queries.community_list import CommunityRow, community_list, count_communities, figures_as_of
from outreach.queries.district_steps import district_steps
from outreach.queries.visible import map_bounds, sees_one_district
from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.permissions import Permission

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
    return render(
        request,
        "outreach/map.html",
        {
            **choice,
            "bounds": map_bounds(request.user),
            "one_district": sees_one_district(request.user),
            "legends": legends,
            "district_steps": districts,
            "as_of": figures_as_of(),
        },
    )


@require_safe
@requires(Permission.SEE_MAP)
def community_table(request: EmployeeRequest) -> HttpResponse:
    """The map's figures as a list, for readers and devices that the map does not serve."""
    choice = _category_choice(request)
    try:
        rows, following = _page(request, choice["category"])
    except BadCursor:
        raise Http404 from None
    return render(
        request,
        "outreach/community_list.html",
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
def community(request: EmployeeRequest, community_id: int) -> HttpResponse:
    """One community: the map's sheet for htmx, a page of its own without it."""
    try:
        facts = community_facts(request.user, community_id)
    except Community.DoesNotExist:
        raise Http404 from None
    choice = _category_choice(request)
    chosen = next((figure for figure in facts["figures"] if figure["category"] == choice["category"]), None)
    template = "outreach/parts/community.html" if request.htmx else "outreach/community.html"
    may_broadcast = request.user.may(Permission.BROADCAST)
    return render(request, template, {**choice, "facts": facts, "chosen": chosen, "may_broadcast": may_broadcast})


class CategoryChoice(TypedDict):
    categories: list[tuple[str, str]]
    category: str | None


def _page(request: EmployeeRequest, category: str | None) -> tuple[Sequence[CommunityRow], str | None]:
    if category is None:
        return [], None
    return community_list(request.user, category=category, after=request.GET.get("after") or None)


def _category_choice(request: EmployeeRequest) -> CategoryChoice:
    """The categories and the one asked for; an unknown one is answered by the first."""
    offered = [(entry.code, entry.name) for entry in categories().values()]
    codes = [code for code, _name in offered]
    asked = request.GET.get("category")
    category = asked if asked in codes else next(iter(codes), None)
    return {"categories": offered, "category": category}
