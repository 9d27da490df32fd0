"""What is held of a member, with what was written to them and who looked them up: for the member.

A privacy officer who acts for them is given it without any address or link that acts for them (copy_for_member).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Member
from members.queries.consent_history import identities
from members.queries.member_file import Coded, MemberFile, coded, coded_category, coded_entry, member_file
from members.queries.reads_about import reads_about
from outreach.message_token import for_staff
from outreach.models import (
    Broadcast,
    Channel,
    Click,
    Delivery,
    Message,
    MessageText,
    Recipient,
    Refusal,
    Reply,
    SentCode,
    TemplateVersion,
)
from salesapp.staff.models import AccessEntry


class ReceivedMessage(TypedDict):
    """``about`` is a category, or a template where it was about none; None where neither is known any more.

    ``text`` is what a salesperson wrote, as long as it is kept; ``receipt`` what the provider says, ``opened_at`` when
    its link was opened first.
    """

    at: datetime
    channel: Coded
    state: Coded
    about: Coded | None
    service: bool
    text: str | None
    receipt: Coded | None
    opened_at: datetime | None


class WroteBack(TypedDict):
    """What they wrote is not kept."""

    at: datetime
    channel: Coded
    stops: bool


class NotWritten(TypedDict):
    """A broadcast that had picked them and wrote them nothing; ``reason`` where they could not be reached."""

    at: datetime
    about: Coded | None
    state: Coded
    reason: Coded | None


class LookUp(TypedDict):
    """Who it was stays with the company. ``act`` is what the log says was done; empty for a look-up."""

    at: datetime
    store: Coded | None
    reason: Coded
    act: str


class OwnFile(TypedDict):
    as_of: datetime
    held: MemberFile
    messages: list[ReceivedMessage]
    wrote_back: list[WroteBack]
    not_written: list[NotWritten]
    look_ups: list[LookUp]


def own_file(member: Member, *, first_bidx: bytes | None, masked: str) -> OwnFile:
    """All of it, whole; of addresses the one of ``first_bidx``, as ``masked``.

    Without one it goes through the hands of staff, and the links of messages have the names that staff see.
    """
    ids = identities(member.pk)
    return {
        "as_of": timezone.now(),
        "held": member_file(member, ids, first_bidx=first_bidx, masked=masked),
        "messages": sorted(
            [*_messages(ids, links=first_bidx is not None), *_codes(ids)],
            key=lambda message: message["at"],
            reverse=True,
        ),
        "wrote_back": _replies(ids),
        "not_written": _not_written(ids),
        "look_ups": _look_ups(member.pk, first_bidx),
    }


def _messages(ids: Sequence[int], *, links: bool) -> list[ReceivedMessage]:
    rows = list(Message.objects.filter(member_id__in=ids).order_by("-claimed_at", "-no"))
    versions = TemplateVersion.objects.select_related("template").in_bulk({row.version_id for row in rows})
    sent_by = {row.broadcast_id for row in rows if row.broadcast_id is not None}
    broadcasts = dict(Broadcast.objects.filter(pk__in=sent_by).values_list("pk", "category_id"))
    texts = {
        (each.member_id, each.no): each.text if links else for_staff(each.text)
        for each in MessageText.objects.filter(member_id__in=ids)
    }
    receipts = {(each.member_id, each.no): each.state for each in Delivery.objects.filter(member_id__in=ids)}
    clicks = {(each.member_id, each.no): each.first_at for each in Click.objects.filter(member_id__in=ids)}
    told: list[ReceivedMessage] = []
    for row in rows:
        version = versions.get(row.version_id)
        category = version.template.category_id if version else None
        if row.broadcast_id is not None:
            category = broadcasts.get(row.broadcast_id, category)
        about = coded_category(category)
        if about is None and version:
            about = coded_entry(version.template)
        receipt = receipts.get((row.member_id, row.no))
        told.append(
            {
                "at": row.handover_at or row.claimed_at,
                "channel": coded(Channel(row.channel)),
                "state": coded(Message.State(row.state)),
                "about": about,
                "service": row.service,
                "text": texts.get((row.member_id, row.no)),
                "receipt": coded(Delivery.State(receipt)) if receipt else None,
                "opened_at": clicks.get((row.member_id, row.no)),
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
            "text": None,
            "receipt": None,
            "opened_at": None,
        }
        for row in SentCode.objects.filter(member_id__in=ids)
    ]


def _replies(ids: Sequence[int]) -> list[WroteBack]:
    rows = Reply.objects.filter(member_id__in=ids).order_by("-at")
    return [{"at": row.at, "channel": coded(Channel(row.channel)), "stops": row.is_opt_out} for row in rows]


def _not_written(ids: Sequence[int]) -> list[NotWritten]:
    rows = Recipient.objects.filter(member_id__in=ids, no=None).select_related("broadcast")
    return [
        {
            "at": row.broadcast.starts_at,
            "about": coded_category(row.broadcast.category_id),
            "state": coded(Recipient.State(row.state)),
            "reason": coded(Refusal(row.reason)) if row.reason else None,
        }
        for row in rows.order_by("-broadcast__starts_at", "-broadcast_id")
    ]


def _look_ups(member_id: int, first_bidx: bytes | None) -> list[LookUp]:
    words = dict(AccessEntry._meta.get_field("reason").flatchoices)
    rows = reads_about(member_id, first_bidx=first_bidx).select_related("store")
    return [
        {
            "at": row.at,
            "store": coded_entry(row.store) if row.store else None,
            "reason": {"code": row.reason, "label": str(words.get(row.reason, row.reason))},
            "act": row.search,
        }
        for row in rows
    ]
