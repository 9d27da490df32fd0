"""Who looked whom up: the privacy officer's search of the access log, and one member's entries as a file."""

import csv
import dataclasses
import io
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.db import OperationalError
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from geo.intake import harmless_cell
from members.actions.export_reads import Export, export_reads
from members.actions.search_access_log import Question, Understood, search_access_log, understand
from members.errors import NotAPhoneNumber, UnknownMember
from members.public_id import public_id
from outreach.log_words import in_words as in_words_of_log
from salesapp.staff.errors import UnknownEmployee, UnknownStore
from salesapp.staff.models import AccessEntry
from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.pages.refused import REFUSALS, refused_in_words
from salesapp.staff.permissions import Permission
from salesapp.staff.typed import sent_back

SESSION_KEY = "reads"  # the last question, so that the next page is asked without the number
USUAL_DAYS = 30
LATE = timedelta(minutes=10)  # sealed every minute; after so long nobody does
PROBLEMS: Mapping[type[Exception], str | Promise] = {
    UnknownEmployee: _("There is no such employee."),
    UnknownStore: _("There is no such store."),
    NotAPhoneNumber: _("This is neither a mobile number nor a member's id."),
    UnknownMember: _("There is no such member."),
    OperationalError: _("That is too much to search. Name an employee, a store, a member or fewer days."),
}

REASONS = [
    *AccessEntry.Reason.choices, *AccessEntry.PrivacyReason.choices, *AccessEntry.ErasureReason.choices,
]  # fmt: skip
KEPT = ("employee", "store", "reason", "since", "until", "why")


@sensitive_post_parameters("who")
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.READ_ACCESS_LOG)
def reads(request: EmployeeRequest) -> HttpResponse:
    """The empty form; on POST the first page of what was asked for, or the next one of the same question."""
    answer, status = _answer(request) if request.method == "POST" else ({}, 200)
    usual = {"since": str(timezone.localdate() - timedelta(days=USUAL_DAYS))}
    shown = {
        **_choices(),
        # What was typed stays, but for the number, in whatever field. Why is kept for further pages alone: each search
        # says its own.
        "asked": {name: sent_back(request.POST.get(name, "")) for name in KEPT} if request.method == "POST" else usual,
        **answer,
    }  # fmt: skip
    return render(request, "outreach/reads.html", shown, status=status)


@sensitive_variables("question")
def _answer(request: EmployeeRequest) -> tuple[dict[str, Any], int]:
    why = request.POST.get("why", "")
    if why not in AccessEntry.PrivacyReason.values:
        return {"problem": _("Choose a reason.")}, 422
    text, asked = request.POST.get("after", ""), None
    after = int(text) if text.isdecimal() and len(text) < 19 else None
    if after is not None:
        asked = _kept(request)
        if asked is None:
            return {"problem": _("Ask again: the last question is not known any more.")}, 422
    try:
        if asked is None:
            asked = understand(_question(request))
        found = search_access_log(by=request.user, asked=asked, why=why, after=after)
    except (UnknownEmployee, UnknownStore, NotAPhoneNumber, UnknownMember) as error:
        return {"problem": PROBLEMS[type(error)]}, 422
    except REFUSALS as why_not:
        said, status = refused_in_words(why_not)
        return {"problem": said}, status
    except OperationalError:
        return {"problem": PROBLEMS[OperationalError]}, 422
    _keep(request, asked)
    late = found.sealed_at is None or timezone.now() - found.sealed_at > LATE
    return {
        "found": found,
        "rows": [
            {"entry": entry, "member": public_id(entry.member_id) if entry.member_id else None,
             "sealed": entry.pk <= found.sealed, "search": in_words_of_log(entry.search)}
            for entry in found.entries
        ],
        "late": late and any(entry.pk > found.sealed for entry in found.entries),
        "phone": asked.shown,
        "member": public_id(asked.members[0]) if asked.members else None,
        "why": why,
    }, 200  # fmt: skip


def _question(request: EmployeeRequest) -> Question:
    reason = request.POST.get("reason", "")
    known = {value for value, _label in REASONS}
    return Question(
        employee_no=_text(request, "employee"), store=_text(request, "store"), who=request.POST.get("who", "").strip(),
        reason=reason if reason in known else "", since=_day(request, "since"), until=_day(request, "until"),
    )  # fmt: skip


def _text(request: EmployeeRequest, name: str) -> str:
    text = request.POST.get(name, "").strip()[:32]
    return text if text.isprintable() else "?"


def _day(request: EmployeeRequest, name: str) -> date | None:
    try:
        day = parse_date(request.POST.get(name, ""))
    except ValueError:
        return None
    # Years that a calendar of this kind can hold with a time zone
    return day if day and 2000 <= day.year <= 2100 else None


def _keep(request: EmployeeRequest, asked: Understood) -> None:
    said = dataclasses.asdict(asked)
    said["address_hash"] = asked.address_hash.hex() if asked.address_hash else None
    said["every_hash"] = [each.hex() for each in asked.every_hash]
    for name in ("since", "until"):
        said[name] = said[name].isoformat() if said[name] else None
    request.session[SESSION_KEY] = said


def _kept(request: EmployeeRequest) -> Understood | None:
    said = request.session.get(SESSION_KEY)
    if not isinstance(said, dict):
        return None
    said = dict(said)
    said["address_hash"] = bytes.fromhex(said["address_hash"]) if said["address_hash"] else None
    said["every_hash"] = [bytes.fromhex(each) for each in said["every_hash"]]
    for name in ("since", "until"):
        said[name] = datetime.fromisoformat(said[name]) if said[name] else None
    return Understood(**said)


def _choices() -> dict[str, Any]:
    return {
        "whys": AccessEntry.PrivacyReason.choices,
        "reasons": REASONS,
    }


def _not_exported(request: EmployeeRequest, problem: str | Promise, status: int) -> HttpResponse:
    """The empty form, with the sentence."""
    return render(request, "outreach/reads.html", {**_choices(), "problem": problem}, status=status)


@require_POST
@requires(Permission.READ_ACCESS_LOG)
def export(request: EmployeeRequest) -> HttpResponse:
    """One member's entries: the copy for the member, or the full list for the officer; CSV or JSON."""
    why, full = request.POST.get("why", ""), request.POST.get("copy") == "full"
    if why not in AccessEntry.PrivacyReason.values:
        return _not_exported(request, _("Choose a reason."), 422)
    try:
        found = export_reads(by=request.user, member=request.POST.get("member", ""), why=why, full=full)
    except UnknownMember:
        return _not_exported(request, PROBLEMS[UnknownMember], 422)
    except REFUSALS as why_not:
        return _not_exported(request, *refused_in_words(why_not))
    name = "lookups-full" if full else "lookups"
    if request.POST.get("format") == "json":
        return _file(_json(found), "application/json", f"{name}.json")
    return _file(_csv(found), "text/csv; charset=utf-8", f"{name}.csv")


def _json(found: Export) -> str:
    rows = [dict(zip(found.columns, row, strict=True)) for row in found.rows]
    return json.dumps({"entries": rows, "older_entries_left_out": found.cut}, ensure_ascii=False, indent=1)


def _csv(found: Export) -> str:
    text = io.StringIO()
    text.write("\ufeff")  # by this a spreadsheet knows UTF-8
    writer = csv.writer(text)
    writer.writerow(found.columns)
    writer.writerows([harmless_cell(cell) for cell in row] for row in found.rows)
    if found.cut:
        writer.writerow(["older entries left out", *[""] * (len(found.columns) - 1)])
    return text.getvalue()


def _file(content: str, kind: str, name: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )  # fmt: skip
