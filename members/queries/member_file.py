"""What is held of a member, for the member: nothing that needs a data key.

What programs may read stands as a code that stays as it is, with its word in the reader's language beside it.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NotRequired, Protocol, TypedDict

from django.db import models

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


class Coded(TypedDict):
    """docs/privacy.md lists the codes; those of categories, stores, rules and templates are the administrators'."""

    code: str
    label: str


class Address(TypedDict):
    """``value`` is None where only senders can open it."""

    channel: Coded
    value: str | None


class HeldNeed(TypedDict):
    category: Coded
    level: int
    label: str
    reasons: list[Coded]


class HeldPurchase(TypedDict):
    bought_on: date
    category: Coded
    model: str
    channel: Coded
    store: Coded | None
    price: Decimal | None


class HeldEvent(TypedDict):
    happened_on: date
    kind: Coded
    category: Coded | None


class HeldRecord(TypedDict):
    """``content`` is there where a data key was at hand to open it (export_member)."""

    source: str
    received_at: datetime
    content: NotRequired[dict[str, object]]


class SaidWording(TypedDict):
    version: str
    language: str
    text: str


class Said(TypedDict):
    """``channel`` is None of profiling, which has none; ``evidence`` has some of ip, store, form, message, record."""

    said_at: datetime
    given: bool
    purpose: Coded
    channel: Coded | None
    source: Coded
    wording: SaidWording | None
    evidence: dict[str, str]


class Agreed(TypedDict):
    number: int
    channel: Coded
    given: bool


class MemberFile(TypedDict):
    surname: str
    title: Coded | None
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


class Entry(Protocol):
    """What administrators keep a list of."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...


def coded(choice: models.IntegerChoices | models.TextChoices) -> Coded:
    """Of a number the name in small letters, of a text the text itself."""
    code = choice.value if isinstance(choice.value, str) else choice.name.lower()
    return {"code": code, "label": str(choice.label)}


def coded_category(category_id: int | None) -> Coded | None:
    entry = categories().get(category_id) if category_id is not None else None
    return coded_entry(entry) if entry else None


def coded_entry(entry: Entry) -> Coded:
    return {"code": entry.code, "label": entry.name}


def member_file(member: Member, ids: Sequence[int], *, first_bidx: bytes | None, masked: str) -> MemberFile:
    """Of the member and of ``ids``, who they were before merges.

    The number of ``first_bidx`` is shown ``masked``; without one no address is, and no network address either.
    """
    asked = CommunityRequest.objects.filter(member_id=member.pk, settled_at=None).select_related("community").first()
    return {
        "surname": member.surname,
        "title": coded(Member.Title(member.title)) if member.title else None,
        "member_since": member.member_since,
        "community": member.community.name if member.community else None,
        "asked_for_community": asked.community.name if asked else None,
        "objects_to_profiling": member.refuses_profiling,
        "addresses": _addresses(member.pk, hashes_to_ask_for(first_bidx) if first_bidx else [], masked),
        "agreed": _agreed(member.pk),
        "needs": _needs(member.pk),
        "purchases": _purchases(member.pk),
        "service_events": _events(member.pk),
        "records": _records(member.pk),
        "said": [_said(entry, network_address=first_bidx is not None) for entry in consent_history(ids)],
    }


def _addresses(member_id: int, hashes: Sequence[bytes], masked: str) -> list[Address]:
    points = ContactPoint.objects.filter(member_id=member_id).order_by("channel", "bidx")
    return [
        {
            "channel": coded(Consent.Channel(point.channel)),
            "value": masked if bytes(point.bidx) in hashes else None,
        }
        for point in points
    ]


def _agreed(member_id: int) -> list[Agreed]:
    states = ConsentState.objects.filter(member_id=member_id, purpose=Consent.Purpose.MARKETING)
    given = dict(states.values_list("channel", "given"))
    return [
        {"number": channel.value, "channel": coded(channel), "given": bool(given.get(channel.value))}
        for channel in Consent.Channel
        if channel != Consent.Channel.EVERY
    ]


def _needs(member_id: int) -> list[HeldNeed]:
    known, words = categories(), reasons()
    rows = Need.objects.filter(member_id=member_id, category_id__in=known).order_by("-level", "-score", "category_id")
    return [
        {
            "category": coded_entry(known[need.category_id]),
            "level": need.level,
            "label": str(Need.Level(need.level).label),
            "reasons": [
                {"code": words[rule].code, "label": words[rule].words} for rule in need.reasons if rule in words
            ],
        }
        for need in rows
    ]


def _purchases(member_id: int) -> list[HeldPurchase]:
    known, models = categories(), products()
    rows = Purchase.objects.filter(member_id=member_id).select_related("store").order_by("-bought_on", "record_key")
    return [
        {
            "bought_on": bought.bought_on,
            "category": coded_entry(known[bought.category_id]),
            "model": f"{models[bought.product_id].brand} {models[bought.product_id].model}",
            "channel": coded(Purchase.Channel(bought.channel)),
            "store": coded_entry(bought.store) if bought.store else None,
            "price": bought.price,
        }
        for bought in rows
        if bought.category_id in known and bought.product_id in models
    ]


def _events(member_id: int) -> list[HeldEvent]:
    rows = ServiceEvent.objects.filter(member_id=member_id).order_by("-happened_on", "record_key")
    return [
        {
            "happened_on": event.happened_on,
            "kind": coded(ServiceEvent.Kind(event.kind)),
            "category": coded_category(event.category_id),
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


def _said(entry: Consent, *, network_address: bool) -> Said:
    wording = entry.wording
    return {
        "said_at": entry.said_at,
        "given": entry.given,
        "purpose": coded(Consent.Purpose(entry.purpose)),
        "channel": coded(Consent.Channel(entry.channel)) if entry.purpose == Consent.Purpose.MARKETING else None,
        "source": coded(Consent.Source(entry.source)),
        "wording": (
            {"version": wording.version, "language": wording.language, "text": wording.text} if wording else None
        ),
        "evidence": {name: value for name, value in entry.evidence.items() if network_address or name != "ip"},
    }
