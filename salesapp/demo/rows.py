"""Batches of people as rows of the database, personal values hashed and encrypted as everywhere else."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from django.utils import timezone

from members.household import household_of
from members.models import Consent, ContactPoint, IdentityLink, Member, Purchase, ServiceEvent, SourceRecord
from members.vault import contact_place, encrypt, keyed_hash
from salesapp.demo.communities import Communities
from salesapp.demo.loading import Tables
from salesapp.demo.people import Batch, Flags, Ints, house_of
from salesapp.demo.planted import Said

SYSTEM = "demo"
_AS_JSON = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True)
class Keys:
    """What the database calls the things that the generators number."""

    communities: Ints  # id by the community's number
    stores: Ints  # district x number in it
    categories: Ints
    products: Ints
    wording: int  # of the consents
    as_of: date


def people_tables(batch: Batch, town: Communities, keys: Keys) -> Tables:
    """The batch's rows of every table about members."""
    households = _households(batch, town, keys)
    phones = [f"+86{number}" for number in batch.phone.tolist()]
    kept = np.flatnonzero(~batch.erased).tolist()
    ids = batch.member_ids.tolist()
    since = _dates(keys.as_of, batch.since)
    return {
        Member: _members(batch, keys, households, since),
        ContactPoint: pa.concat_tables(
            [
                _contact_points(ContactPoint.Channel.PHONE, [(ids[i], phones[i]) for i in kept]),
                _contact_points(
                    ContactPoint.Channel.EMAIL, [(ids[i], f"m{ids[i]}@example.com") for i in kept if batch.has_email[i]]
                ),
            ]
        ),
        Consent: _consents(batch, keys),
        **_records(batch, phones, kept, since),
        Purchase: _purchases(batch, town, keys, households),
        ServiceEvent: _events(batch, keys),
    }


def _members(batch: Batch, keys: Keys, households: Ints, since: pa.Array) -> pa.Table:
    ids, erased = batch.member_ids, batch.erased
    erased_at = timezone.make_aware(datetime.combine(keys.as_of - timedelta(days=30), time(9)))
    return pa.table(
        {
            "id": ids,
            "surname": np.where(erased, "", batch.surname),
            "title": np.where(erased, "", batch.title),
            "community_id": pa.array(keys.communities[batch.community[batch.household]], mask=erased),
            # whoever is forgotten lives with nobody
            "household": np.where(erased, -ids, households[batch.household]),
            "member_since": since,
            "refuses_profiling": batch.refuses,
            "erased_at": pa.array(np.full(len(ids), erased_at.isoformat()), mask=~erased),
        }
    )


def _contact_points(channel: ContactPoint.Channel, addresses: Sequence[tuple[int, str]]) -> pa.Table:
    purpose = channel.name.lower()
    return pa.table(
        {
            "channel": _same(int(channel), len(addresses)),
            "bidx": pa.array([_bytea(keyed_hash(purpose, address)) for _, address in addresses], pa.string()),
            "member_id": pa.array([member_id for member_id, _ in addresses], pa.int64()),
            "ciphertext": pa.array(
                [_bytea(encrypt(address.encode(), contact_place(member_id))) for member_id, address in addresses],
                pa.string(),
            ),
        }
    )


def _consents(batch: Batch, keys: Keys) -> pa.Table:
    """The ledger: a yes is of the registration, a no came after two thirds of the time since."""
    channel, purpose, source = Consent.Channel, Consent.Purpose, Consent.Source
    kept, registered, later = ~batch.erased, batch.since + 1, batch.since // 3

    def entries(who: Flags, channel: int, purpose: int, source: str, days_ago: Ints, *, given: bool) -> pa.Table:
        count, said_at = int(who.sum()), _dates(keys.as_of, days_ago[who])
        return pa.table(
            {
                "member_id": batch.member_ids[who],
                "channel": _same(int(channel), count),
                "purpose": _same(int(purpose), count),
                "given": _same(given, count),
                "wording_id": pa.array(np.full(count, keys.wording), mask=np.full(count, not given)),
                "source": _same(str(source), count),
                "said_at": said_at,
                "recorded_at": said_at,
                "evidence": _same("{}", count),
            }
        )

    yes, no = kept & (batch.said != Said.NOTHING), kept & (batch.said == Said.YES_THEN_NO)
    return pa.concat_tables(
        [
            entries(yes, channel.SMS, purpose.MARKETING, source.FORM, registered, given=True),
            entries(no, channel.SMS, purpose.MARKETING, source.REPLY, later, given=False),
            entries(kept & batch.has_email, channel.EMAIL, purpose.MARKETING, source.FORM, registered, given=True),
            entries(batch.refuses, channel.EVERY, purpose.PROFILING, source.STORE, registered, given=False),
        ]
    )


def _records(batch: Batch, phones: Sequence[str], kept: Sequence[int], since: pa.Array) -> Tables:
    ids = batch.member_ids.tolist()
    endings = np.select([batch.title == "m", batch.title == "f"], ["先生", "女士"], "")
    names = (batch.surname.astype(object) + endings).tolist()
    digests, payloads = [], []
    for i in kept:
        payload = _AS_JSON({"name": names[i], "phone": phones[i]}).encode()
        digests.append(_bytea(keyed_hash("source_record", payload.decode())))
        payloads.append(_bytea(encrypt(payload, f"{SYSTEM}:M{ids[i]}:source_record.payload")))
    kept_ids, received = [ids[i] for i in kept], since.take(pa.array(kept))
    records = pa.table(
        {
            "id": kept_ids,
            "system": _same(SYSTEM, len(kept)),
            "record_key": [f"M{member_id}" for member_id in kept_ids],
            "received_at": received,
            "digest": digests,
            "payload": payloads,
        }
    )
    links = pa.table(
        {
            "member_id": kept_ids,
            "record_id": kept_ids,
            "score": _same(1.0, len(kept)),
            "reason": _same(str(IdentityLink.Reason.SAME_PHONE), len(kept)),
            "linked_at": received,
        }
    )
    return {SourceRecord: records, IdentityLink: links}


def _purchases(batch: Batch, town: Communities, keys: Keys, households: Ints) -> pa.Table:
    household = batch.household[batch.buyer]
    community = batch.community[household]
    online = batch.store < 0
    return pa.table(
        {
            "member_id": batch.member_ids[batch.buyer],
            "system": _same(SYSTEM, len(community)),
            "record_key": _record_keys("P", batch.number, len(community)),
            "product_id": keys.products[batch.product],
            "category_id": keys.categories[batch.category],
            "store_id": pa.array(keys.stores[town.district[community], batch.store], mask=online),
            "channel": np.where(online, Purchase.Channel.ONLINE, Purchase.Channel.STORE),
            "bought_on": _dates(keys.as_of, batch.bought),
            "price": batch.price,
            "community_id": keys.communities[community],
            "household": households[household],
        }
    )


def _events(batch: Batch, keys: Keys) -> pa.Table:
    return pa.table(
        {
            "member_id": batch.member_ids[batch.told_by],
            "system": _same(SYSTEM, len(batch.event)),
            "record_key": _record_keys("S", batch.number, len(batch.event)),
            "kind": batch.event,
            "category_id": pa.array(keys.categories[batch.about], mask=batch.about < 0),
            "happened_on": _dates(keys.as_of, batch.happened),
        }
    )


def _households(batch: Batch, town: Communities, keys: Keys) -> Ints:
    """The number of each household of the batch, as an import would have made it from community and door."""
    ids = keys.communities.tolist()
    flats, buildings = town.households.tolist(), town.buildings.tolist()
    return np.array(
        [
            household_of(community_id=ids[c], house=house_of(flat, flats[c], buildings[c]), member_id=0)
            for c, flat in zip(batch.community.tolist(), batch.flat.tolist(), strict=True)
        ],
        dtype=np.int64,
    )


def _dates(as_of: date, days_ago: Ints) -> pa.Array:
    days: npt.NDArray[np.datetime64] = np.datetime64(as_of) - days_ago.astype("timedelta64[D]")
    return pa.array(days)


def _record_keys(letter: str, batch: int, count: int) -> list[str]:
    return [f"{letter}{batch}-{number}" for number in range(count)]


def _same(value: object, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(value), count)


def _bytea(value: bytes) -> str:
    return "\\x" + value.hex()
