"""What is held of a member, with what was written to them and who looked them up: for the member alone."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from django.utils import timezone

from members.models import Member
from members.queries.catalogue import categories
from members.queries.consent_history import identities
from members.queries.member_file import MemberFile, member_file
from outreach.models import Broadcast, Channel, Message, TemplateVersion
from salesapp.staff.models import AccessEntry


class ReceivedMessage(TypedDict):
    at: datetime
    channel: str
    state: str
    about: str
    service: bool


class LookUp(TypedDict):
    """Who it was stays with the company."""

    at: datetime
    store: str | None
    reason: str


class OwnFile(TypedDict):
    as_of: datetime
    held: MemberFile
    messages: list[ReceivedMessage]
    look_ups: list[LookUp]


def own_file(member: Member, *, first_bidx: bytes, masked: str) -> OwnFile:
    """All of it, whole."""
    ids = identities(member.pk)
    return {
        "as_of": timezone.now(),
        "held": member_file(member, ids, first_bidx=first_bidx, masked=masked),
        "messages": _messages(ids),
        "look_ups": _look_ups(ids),
    }


def _messages(ids: Sequence[int]) -> list[ReceivedMessage]:
    rows = list(Message.objects.filter(member_id__in=ids).order_by("-claimed_at", "-no"))
    versions = TemplateVersion.objects.select_related("template").in_bulk({row.version_id for row in rows})
    sent_by = {row.broadcast_id for row in rows if row.broadcast_id is not None}
    broadcasts = dict(Broadcast.objects.filter(pk__in=sent_by).values_list("pk", "category_id"))
    known = categories()
    told: list[ReceivedMessage] = []
    for row in rows:
        version = versions.get(row.version_id)
        category = version.template.category_id if version else None
        if row.broadcast_id is not None:
            category = broadcasts.get(row.broadcast_id, category)
        about = known[category].name if category in known else version.template.name if version else ""
        told.append(
            {
                "at": row.handover_at or row.claimed_at,
                "channel": str(Channel(row.channel).label),
                "state": str(Message.State(row.state).label),
                "about": about,
                "service": row.service,
            }
        )
    return told


def _look_ups(ids: Sequence[int]) -> list[LookUp]:
    words = dict([*AccessEntry.Reason.choices, *AccessEntry.PrivacyReason.choices])
    rows = AccessEntry.objects.filter(member_id__in=ids).select_related("store").order_by("-at", "-pk")
    return [
        {"at": row.at, "store": row.store.name if row.store else None, "reason": str(words.get(row.reason, row.reason))}
        for row in rows
    ]
