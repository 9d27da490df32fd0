"""摇钱树: what came of one's outreach, and for managers of the team's. The lists behind the figures, in pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from outreach.errors import BadCursor
from outreach.pages.plot import plot
from outreach.queries.broadcast_facts import broadcast_facts, shown
from outreach.queries.broadcasts import broadcast_page, visible_broadcasts
from outreach.queries.community_list import Count
from outreach.queries.own_leads import own_leads
from outreach.queries.own_messages import (
    ATTRIBUTION_DAYS,
    Sums,
    Which,
    count_own_messages,
    monday_of,
    own_messages,
    own_weeks,
)
from outreach.queries.team_results import team_as_of, team_people, team_weeks
from salesapp.staff.actions.allow_look_up import refuse_held
from salesapp.staff.errors import LookUpsHeld
from salesapp.staff.models import Employee
from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.pages.listed import PAGE, listed
from salesapp.staff.pages.refused import refused
from salesapp.staff.permissions import Permission
from salesapp.staff.queries.bounded_count import Counted

LATEST = 3  # rows of a list on the first page
SHOWN_WEEKS, SHOWN_MONTHS = 12, 12


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, and who may see it. ``read`` gives rows, the next page's cursor and how many there are.

    It raises BadCursor, and LookUpsHeld where the list shows members.
    """

    title: str | Promise
    about: str | Promise
    nothing: str | Promise
    row: str
    read: Callable[[Employee, str | None, int], tuple[Sequence[Any], str | None, Counted]]
    permission: Permission = Permission.SEE_RESULTS


@require_safe
@requires(Permission.SEE_RESULTS)
def results(request: EmployeeRequest) -> HttpResponse:
    """One's own; the team's for who leads one, unless they ask for their own."""
    leads_team = request.user.may(Permission.SEE_TEAM_RESULTS)
    of_team = leads_team and request.GET.get("of") != "own"
    by = "month" if request.GET.get("by") == "month" else "week"
    weeks = team_weeks(request.user) if of_team else own_weeks(request.user)
    told: Callable[[int], Count] = shown if of_team else _exact
    periods = _months(weeks) if by == "month" else _weeks(weeks)
    total = _sum(sums for _label, _short, sums in periods)
    names = ("people", "broadcasts") if of_team else ("leads", "sales", "replies", "messages")
    lists = []
    for name in names:
        shown_list: dict[str, Any] = {"name": name, "list": LISTS[name]}
        try:
            rows, following, counted = LISTS[name].read(request.user, None, LATEST)
        except LookUpsHeld as why:
            shown_list["refused"], _status = refused(why, request.user)
        else:
            shown_list |= {"rows": rows, "cut": following, "counted": counted}
        lists.append(shown_list)
    context = {
        "leads_team": leads_team,
        "of_team": of_team,
        "by": by,
        "periods": [(label, [told(number)["label"] for number in sums]) for label, _short, sums in reversed(periods)],
        "total": [told(number)["label"] for number in total],
        "plots": [
            (title, plot([(short, sums[place], told(sums[place])["label"]) for _label, short, sums in periods]))
            for title, place in ((_("Messages"), 0), (_("Sales"), 3))
        ],
        "lists": lists,
        "days": ATTRIBUTION_DAYS,
        "as_of": team_as_of() if of_team else timezone.now(),
    }
    return render(request, "outreach/results.html", context)


@require_safe
@requires(Permission.SEE_RESULTS)
def result_list(request: EmployeeRequest, name: str) -> HttpResponse:
    listing = LISTS.get(name)
    if listing is None or not request.user.may(listing.permission):
        raise Http404
    try:
        rows, following, counted = listing.read(request.user, request.GET.get("after") or None, PAGE)
    except BadCursor:
        raise Http404 from None
    except LookUpsHeld as why:
        problem, status = refused(why, request.user)
        return render(request, "outreach/result_list.html", {"list": listing, **problem}, status=status)
    context = {
        "list": listing, "days": ATTRIBUTION_DAYS, "of_team": listing.permission == Permission.SEE_TEAM_RESULTS,
        "as_of": team_as_of() if name == "people" else timezone.now(),
        "each_as_of": name == "broadcasts",
    }  # fmt: skip
    return render(request, "outreach/result_list.html", context | listed(request, rows, following, counted))


def _exact(number: int) -> Count:
    """One's own acts."""
    return {"count": number, "label": str(number)}


def _sum(parts: Any) -> Sums:
    return Sums(*(sum(numbers) for numbers in zip(*parts, strict=True)))


def _weeks(weeks: Mapping[date, Sums]) -> list[tuple[str, str, Sums]]:
    """The last weeks, each with the day it begins on; twice, as months have a shorter name beside theirs."""
    last = monday_of(timezone.localdate())
    mondays = [last - timedelta(weeks=back) for back in reversed(range(SHOWN_WEEKS))]
    named = [(date_format(monday, "MONTH_DAY_FORMAT"), monday) for monday in mondays]
    return [(name, name, weeks.get(monday, Sums())) for name, monday in named]


def _months(weeks: Mapping[date, Sums]) -> list[tuple[str, str, Sums]]:
    """The last months; a week is of the month of its Monday, so that months are sums of what weeks tell."""
    this = timezone.localdate().replace(day=1)
    months = [_months_before(this, back) for back in reversed(range(SHOWN_MONTHS))]
    return [
        (
            date_format(month, "YEAR_MONTH_FORMAT"),
            date_format(month, "M"),
            _sum([Sums(), *(sums for monday, sums in weeks.items() if monday.replace(day=1) == month)]),
        )
        for month in months
    ]


def _months_before(month: date, back: int) -> date:
    number = month.year * 12 + month.month - 1 - back
    return date(number // 12, number % 12 + 1, 1)


Read = tuple[Sequence[Any], str | None, Counted]


def _leads(employee: Employee, after: str | None, limit: int) -> Read:
    refuse_held(by=employee)
    leads = own_leads(employee, after=after, limit=limit)
    return leads.rows, leads.following, leads.counted


def _messages(which: Which) -> Callable[[Employee, str | None, int], Read]:
    def read(employee: Employee, after: str | None, limit: int) -> Read:
        rows, following = own_messages(employee, which=which, after=after, limit=limit)
        return rows, following, count_own_messages(employee, which)

    return read


def _people(employee: Employee, after: str | None, limit: int) -> Read:
    people = team_people(employee, after=after, limit=limit)
    rows = [(person, [shown(number)["label"] for number in person.sums]) for person in people.rows]
    return rows, people.following, people.counted


def _broadcasts(employee: Employee, after: str | None, limit: int) -> Read:
    begun = visible_broadcasts(employee).filter(launched_at__isnull=False)
    rows, following, counted = broadcast_page(begun, after=after, limit=limit)
    return [broadcast_facts(row) for row in rows], following, counted


LISTS = {
    "leads": Listing(
        _("My leads"),
        _(
            "Customers I looked up or wrote to in the last 90 days, with a fairly strong or strong need, who have not"
            " bought it since."
        ),
        _("No lead yet. Customers you look up who have a fairly strong or strong need appear here."),
        "outreach/parts/result_lead.html", _leads,
    ),
    "sales": Listing(
        _("Sales after my messages"),
        _("Purchases of what the message was about, within 30 days after it; of the last year."),
        _("No purchase after a message yet."),
        "outreach/parts/result_message.html", _messages(Which.SOLD),
    ),
    "replies": Listing(
        _("Replies to my messages"),
        _("Who answered and when, of the last year. What they wrote is not kept."),
        _("No reply yet."),
        "outreach/parts/result_message.html", _messages(Which.ANSWERED),
    ),
    "messages": Listing(
        _("My messages"), _("To individual customers, newest first."), _("No message yet."),
        "outreach/parts/result_message.html", _messages(Which.ALL),
    ),
    "people": Listing(
        _("Salespeople"), _("Totals of the last 12 months, most messages first."), _("No salespeople here."),
        "outreach/parts/result_person.html", _people, Permission.SEE_TEAM_RESULTS,
    ),
    "broadcasts": Listing(
        _("Broadcasts"), _("Those that have begun, newest first."), _("No broadcast has begun yet."),
        "outreach/parts/result_broadcast.html", _broadcasts, Permission.SEE_TEAM_RESULTS,
    ),
}  # fmt: skip
