"""What is held of a member, for the member: words in the reader's language, nothing that needs a data key."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TypedDict

from members.intake import OWN_SYSTEM
from members.models import (
    CommunityRequest,
    Consent,
    ConsentState,
    ContactPoint,
    IdentityLink,
    Member,
    Need,
    Purchase,
    ServiceEvent,
)
from members.queries.catalogue import categories, products, reasons
from members.queries.consent_history import consent_history
from members.vault import hashes_to_ask_for


class Address(TypedDict):
    """``value`` is None where only senders can open it."""

    channel: str
    value: str | None


class HeldNeed(TypedDict):
    category: str
    level: int
    label: str
    reasons: list[str]


class HeldPurchase(TypedDict):
    bought_on: date
    category: str
    model: str
    where: str
    price: Decimal | None


class HeldEvent(TypedDict):
    happened_on: date
    kind: str
    category: str | None


class HeldRecord(TypedDict):
    source: str
    received_at: datetime


class Said(TypedDict):
    said_at: datetime
    given: bool
    purpose: str
    channel: str | None
    source: str
    wording: str | None


class Agreed(TypedDict):
    number: int
    channel: str
    given: bool


class MemberFile(TypedDict):
    surname: str
    title: str
    member_since: date
    community: str | None
    asked_for_community: str | None
    objects_to_profiling: bool
    addresses: list[Address]
    agreed: list[Agreed]
    needs: list[HeldNeed]
    purchases: list[HeldPurchase]
    service_events: list[HeldEvent]
    records: list[HeldRecord]
    said: list[Said]


def member_file(member: Member, ids: Sequence[int], *, first_bidx: bytes, masked: str) -> MemberFile:
    """Of the member and of ``ids``, who they were before merges; the number of ``first_bidx`` is shown ``masked``."""
    asked = CommunityRequest.objects.filter(member_id=member.pk, settled_at=None).select_related("community").first()
    return {
        "surname": member.surname,
        "title": Member.Title(member.title).label if member.title else "",
        "member_since": member.member_since,
        "community": member.community.name if member.community else None,
        "asked_for_community": asked.community.name if asked else None,
        "objects_to_profiling": member.refuses_profiling,
        "addresses": _addresses(member.pk, hashes_to_ask_for(first_bidx), masked),
        "agreed": _agreed(member.pk),
        "needs": _needs(member.pk),
        "purchases": _purchases(member.pk),
        "service_events": _events(member.pk),
        "records": _records(member.pk),
        "said": [_said(entry) for entry in consent_history(ids)],
    }


def _addresses(member_id: int, hashes: Sequence[bytes], masked: str) -> list[Address]:
    points = ContactPoint.objects.filter(member_id=member_id).order_by("channel", "bidx")
    return [
        {
            "channel": str(Consent.Channel(point.channel).label),
            "value": masked if bytes(point.bidx) in hashes else None,
        }
        for point in points
    ]


def _agreed(member_id: int) -> list[Agreed]:
    states = ConsentState.objects.filter(member_id=member_id, purpose=Consent.Purpose.MARKETING)
    given = dict(states.values_list("channel", "given"))
    return [
        {"number": channel.value, "channel": str(channel.label), "given": bool(given.get(channel.value))}
        for channel in Consent.Channel
        if channel != Consent.Channel.EVERY
    ]


def _needs(member_id: int) -> list[HeldNeed]:
    known, words = categories(), reasons()
    rows = Need.objects.filter(member_id=member_id, category_id__in=known).order_by("-level", "-score", "category_id")
    return [
        {
            "category": known[need.category_id].name,
            "level": need.level,
            "label": str(Need.Level(need.level).label),
            "reasons": [words[rule].words for rule in need.reasons if rule in words],
        }
        for need in rows
    ]


def _purchases(member_id: int) -> list[HeldPurchase]:
    known, models = categories(), products()
    rows = Purchase.objects.filter(member_id=member_id).select_related("store").order_by("-bought_on", "record_key")
    return [
        {
            "bought_on": bought.bought_on,
            "category": known[bought.category_id].name,
            "model": f"{models[bought.product_id].brand} {models[bought.product_id].model}",
            "where": bought.store.name if bought.store else str(Purchase.Channel(bought.channel).label),
            "price": bought.price,
        }
        for bought in rows
        if bought.category_id in known and bought.product_id in models
    ]


def _events(member_id: int) -> list[HeldEvent]:
    known = categories()
    rows = ServiceEvent.objects.filter(member_id=member_id).order_by("-happened_on", "record_key")
    return [
        {
            "happened_on": event.happened_on,
            "kind": str(ServiceEvent.Kind(event.kind).label),
            "category": known[event.category_id].name if event.category_id in known else None,
        }
        for event in rows
    ]


def _records(member_id: int) -> list[HeldRecord]:
    """Where the data come from; what a system sent is sealed, and the page cannot open it."""
    links = IdentityLink.objects.filter(member_id=member_id, unlinked_at=None).select_related("record")
    held: list[HeldRecord] = [
        {"source": link.record.system, "received_at": link.record.received_at}
        for link in links
        if link.record.system != OWN_SYSTEM
    ]
    return sorted(held, key=lambda record: record["received_at"], reverse=True)


def _said(entry: Consent) -> Said:
    return {
        "said_at": entry.said_at,
        "given": entry.given,
        "purpose": str(Consent.Purpose(entry.purpose).label),
        "channel": str(Consent.Channel(entry.channel).label) if entry.purpose == Consent.Purpose.MARKETING else None,
        "source": str(Consent.Source(entry.source).label),
        "wording": entry.wording.text if entry.wording else None,
    }
