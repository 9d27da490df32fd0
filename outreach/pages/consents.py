"""What a member said about being written to, for the privacy officer: every entry, every message, the proof."""

import ipaddress
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from members.errors import NotAPhoneNumber, UnknownMember
from members.models import Consent, Erasure
from members.queries.community_requests import open_requests
from outreach.actions.act_for_member import REASONS
from outreach.actions.read_consents import ConsentFile, Part, read_consents
from outreach.errors import BadCursor
from outreach.message_token import staff_name
from outreach.models import Channel, Message
from salesapp.staff.models import AccessEntry, Employee
from salesapp.staff.pages.guards import EmployeeRequest, requires
from salesapp.staff.pages.listed import rows_before
from salesapp.staff.pages.refused import REFUSALS, refused
from salesapp.staff.permissions import Permission

# What an officer erases somebody for; the others are not theirs to give
ON_REQUEST = [
    (reason.value, reason.label) for reason in (Erasure.Reason.REQUEST, Erasure.Reason.COMPLAINT, Erasure.Reason.ORDER)
]
EVIDENCE: Mapping[str, str | Promise] = {
    "ip": _("address"), "store": _("store"), "form": _("form"), "message": _("message"), "record": _("record"),
}  # fmt: skip

# The forms here; what another system's record names is shown as it is
FORMS: Mapping[str, str | Promise] = {
    "mine": pgettext_lazy("form", "the member's own page"),
    "join": pgettext_lazy("form", "registration at the store's code"),
    "office": pgettext_lazy("form", "the privacy officer's screen"),
}


@sensitive_post_parameters("who")
@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.READ_CONSENTS)
def consents(request: EmployeeRequest) -> HttpResponse:
    answer, status = _answer(request) if request.method == "POST" else ({}, 200)
    # Further pages of a list are read for the reason of the first; whatever else is asked says its own
    shown = {"reasons": AccessEntry.PrivacyReason.choices, "reason": request.POST.get("reason"), **answer}
    if request.user.may(Permission.ACT_FOR_MEMBER):
        acting = [(each.value, each.label) for each in REASONS]
        shown |= {
            "may_act": True, "acting_reasons": acting, "erasure_reasons": ON_REQUEST,
            "requests": open_requests().count(),
        }  # fmt: skip
    return render(request, "outreach/consents.html", shown, status=status)


def _answer(request: EmployeeRequest) -> tuple[dict[str, Any], int]:
    reason = request.POST.get("reason", "")
    if reason not in AccessEntry.PrivacyReason.values:
        return {"problem": "no_reason"}, 422
    of, after = request.POST.get("list", ""), request.POST.get("after", "")
    try:
        found = read_consents(
            by=request.user, who=request.POST.get("who", ""), reason=reason,
            entries_after=after if of == "entries" else "", messages_after=after if of == "messages" else "",
        )  # fmt: skip
    except BadCursor:
        raise Http404 from None
    except NotAPhoneNumber:
        return {"problem": "no_number"}, 422
    except UnknownMember:
        return {"problem": "unknown"}, 200
    except REFUSALS as why:
        return refused(why, request.user)
    # A further page is of one list alone
    return {"found": _shown(found, rows_before(request)), "of": of if after else ""}, 200


def _shown(found: ConsentFile, seen: int) -> dict[str, Any]:
    own, *merged = found.public_ids.values()
    employees = Employee.objects.in_bulk({entry.by_employee for entry in found.entries.rows} - {None})
    return {
        "id": own,
        "merged": merged,
        "phone": found.phone,
        "is_erased": found.is_erased,
        "channels": [(each.value, each.label, each in found.agreed) for each in Channel],
        "objects": found.objects,
        "entries": [
            {
                "entry": entry,
                "purpose": Consent.Purpose(entry.purpose).name.lower(),
                "by": employees.get(entry.by_employee) if entry.by_employee else None,
                "evidence": [(EVIDENCE[name], _shown_value(name, value)) for name, value in entry.evidence.items()],
                "of": found.public_ids[entry.member_id] if found.public_ids[entry.member_id] != own else None,
            }
            for entry in found.entries.rows
        ],
        "entries_page": _page(found.entries, seen),
        "messages": [
            {
                "message": message,
                "name": staff_name(message.member_id, message.no),
                "channel": Channel(message.channel).label,
                "state": Message.State(message.state).label,
            }
            for message in found.messages.rows
        ],
        "messages_page": _page(found.messages, seen),
    }


def _page(part: Part[Any], seen: int) -> dict[str, Any]:
    return {
        "first": seen + 1, "last": seen + len(part.rows), "counted": part.counted, "following": part.following,
    }  # fmt: skip


def _shown_value(name: str, value: str) -> str | Promise:
    """Of a network address the half that names the network; a form of ours by its name."""
    if name == "form":
        return FORMS.get(value, value)
    if name != "ip":
        return value
    try:
        address = ipaddress.ip_address(value)
    except ValueError:  # a peer on a socket has a name
        return value
    if address.version == 4:
        return ".".join([*value.split(".")[:2], "*", "*"])
    return ":".join([*address.exploded.split(":")[:2], "*"])
