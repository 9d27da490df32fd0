"""What is held of a member, with what was written to them and who looked them up: for the member.

A privacy officer who acts for them is given it without any address (copy_for_member).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Member
from members.queries.consent_history import identities
from members.queries.member_file import Coded, MemberFile, coded, coded_category, coded_entry, member_file
from outreach.models import Broadcast, Channel, Message, SentCode, TemplateVersion
from salesapp.staff.models import AccessEntry


class ReceivedMessage(TypedDict):
    """``about`` is a category, or a template where it was about none; None where neither is known any more."""

    at: datetime
    channel: Coded
    state: Coded
    about: Coded | None
    service: bool


class LookUp(TypedDict):
    """Who it was stays with the company."""

    at: datetime
    store: Coded | None
    reason: Coded


class OwnFile(TypedDict):
    as_of: datetime
    held: MemberFile
    messages: list[ReceivedMessage]
    look_ups: list[LookUp]


def own_file(member: Member, *, first_bidx: bytes | None, masked: str) -> OwnFile:
    """All of it, whole; of addresses the one of ``first_bidx``, as ``masked``."""
    ids = identities(member.pk)
    return {
        "as_of": timezone.now(),
        "held": member_file(member, ids, first_bidx=first_bidx, masked=masked),
        "messages": sorted([*_messages(ids), *_codes(ids)], key=lambda message: message["at"], reverse=True),
        "look_ups": _look_ups(ids),
    }


def _messages(ids: Sequence[int]) -> list[ReceivedMessage]:
    rows = list(Message.objects.filter(member_id__in=ids).order_by("-claimed_at", "-no"))
    versions = TemplateVersion.objects.select_related("template").in_bulk({row.version_id for row in rows})
    sent_by = {row.broadcast_id for row in rows if row.broadcast_id is not None}
    broadcasts = dict(Broadcast.objects.filter(pk__in=sent_by).values_list("pk", "category_id"))
    told: list[ReceivedMessage] = []
    for row in rows:
        version = versions.get(row.version_id)
        category = version.template.category_id if version else None
        if row.broadcast_id is not None:
            category = broadcasts.get(row.broadcast_id, category)
        about = coded_category(category)
        if about is None and version:
            about = coded_entry(version.template)
        told.append(
            {
                "at": row.handover_at or row.claimed_at,
                "channel": coded(Channel(row.channel)),
                "state": coded(Message.State(row.state)),
                "about": about,
                "service": row.service,
            }
        )
    return told


def _codes(ids: Sequence[int]) -> list[ReceivedMessage]:
    """That a code was sent; the code itself is nowhere."""
    about: Coded = {"code": "verification_code", "label": _("Verification code")}
    return [
        {
            "at": row.handed_over_at,
            "channel": coded(Channel.SMS),
            "state": coded(Message.State(row.state)),
            "about": about,
            "service": True,
        }
        for row in SentCode.objects.filter(member_id__in=ids)
    ]


def _look_ups(ids: Sequence[int]) -> list[LookUp]:
    words = dict([*AccessEntry.Reason.choices, *AccessEntry.PrivacyReason.choices])
    rows = AccessEntry.objects.filter(member_id__in=ids).select_related("store").order_by("-at", "-pk")
    return [
        {
            "at": row.at,
            "store": coded_entry(row.store) if row.store else None,
            "reason": {"code": row.reason, "label": str(words.get(row.reason, row.reason))},
        }
        for row in rows
    ]
