"""What goes from one member to another when they are merged, and back when that was wrong."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Now

from members.household import households_as_of_now
from members.index_key import generation
from members.models import ContactPoint, IdentityLink, Member
from members.vault import contact_place, decrypt, encrypt, hashes_as_of_now

# What a record tells of a person, in Member
_COLUMNS = ("surname", "title", "community_id", "household", "member_since")
Values = dict[str, str | int | None]


def lock_members(*ids: int) -> list[Member]:
    """The members in the order of the question, locked against everything that is recorded of them.

    Raises Member.DoesNotExist.
    """
    found = {member.pk: member for member in Member.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    try:
        return [found[member_id] for member_id in ids]
    except KeyError:
        raise Member.DoesNotExist from None


def move_links(links: QuerySet[IdentityLink], *, to: int) -> list[int]:
    """Close the links and open others to the member; gives the records."""
    records = sorted(links.filter(unlinked_at=None).values_list("record_id", flat=True))
    links.filter(unlinked_at=None).update(unlinked_at=Now())
    IdentityLink.objects.bulk_create(
        IdentityLink(member_id=to, record_id=record, score=1.0, reason=IdentityLink.Reason.MERGE) for record in records
    )
    return records


def move_contact_points(points: Iterable[ContactPoint], *, to: int) -> list[tuple[int, str]]:
    """Encrypt the addresses anew for the member; gives their keys. Raises NoDataKey."""
    moved = []
    for point in points:
        value = decrypt(bytes(point.ciphertext), contact_place(point.member_id))
        ContactPoint.objects.filter(channel=point.channel, bidx=point.bidx).update(
            member_id=to, ciphertext=encrypt(value, contact_place(to))
        )
        moved.append((point.channel, bytes(point.bidx).hex()))
    return moved


def values_of(member: Member) -> Values:
    return {column: _plain(getattr(member, column)) for column in _COLUMNS}


def take_values(member: Member, new: Mapping[str, str | int | None]) -> None:
    """Store some of what ``values_of`` gives."""
    for column, value in new.items():
        setattr(member, column, date.fromisoformat(str(value)) if column == "member_since" else value)
    member.save(update_fields=new.keys())


def moved_as_of_now(moved: dict[str, Any]) -> dict[str, Any]:
    """What ``MemberMerge.moved`` says, with its hashes as the index key on file makes them."""
    # merges from before the key could be changed name none; those of who was erased name nothing at all
    since, new = moved.get("index_key", 1), {**moved, "index_key": generation()}
    if points := moved.get("contact_points"):
        hashes = hashes_as_of_now([bytes.fromhex(bidx) for _channel, bidx in points], since)
        new["contact_points"] = [[point[0], found.hex()] for point, found in zip(points, hashes, strict=True)]
    if sales := moved.get("purchases"):
        homes = households_as_of_now([sale[3] for sale in sales], since)
        new["purchases"] = [[*sale[:3], home] for sale, home in zip(sales, homes, strict=True)]
    if winner := moved.get("winner"):
        homes = households_as_of_now([values["household"] for values in winner.values()], since)
        new["winner"] = {
            when: {**values, "household": home} for (when, values), home in zip(winner.items(), homes, strict=True)
        }
    return new


def _plain(value: str | int | date | None) -> str | int | None:
    return value.isoformat() if isinstance(value, date) else value
