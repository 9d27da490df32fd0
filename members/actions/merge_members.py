from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from geo.sql import load
from members.errors import CannotMerge
from members.hooks import HOOKS
from members.identity import Values, lock_members, move_contact_points, move_links, take_values, values_of
from members.index_key import generation, steady_hashes
from members.intake import wait_for_imports
from members.models import (
    CommunityRequest,
    ContactPoint,
    IdentityLink,
    Member,
    MemberMerge,
    MemberSession,
    Need,
    Purchase,
    ServiceEvent,
)
from members.vault import encrypt
from salesapp.staff.models import Employee


def merge_members(*, loser: int, winner: int, by: Employee | None, reason: str) -> MemberMerge:
    """Take two members for one person: all that the loser has becomes the winner's, and the stricter holds.

    What either has withdrawn is withdrawn, an objection to profiling is one of both, and other apps do their part
    first (members.hooks). Records, addresses, purchases and service events move; surname, title and place fill
    what the winner lacks; the loser's needs and sign-ins go, and the next scoring counts all as one. The loser's row
    stays, pointing at the winner, so that it can be undone (undo_merge). One transaction; waits for running imports.

    Raises Member.DoesNotExist, CannotMerge where one was merged before, was erased or is the other, and NoDataKey
    where this process cannot encrypt the addresses anew.
    """
    if loser == winner:
        raise CannotMerge("a member cannot be merged into itself")
    encrypt(b"", "")  # no data key: better now than midway
    with transaction.atomic(), steady_hashes(), connection.cursor() as cursor:
        wait_for_imports(cursor)
        for hook in HOOKS:
            hook.on_merge(loser, winner)
        gone, kept = _lock(loser, winner)
        moved = {
            "index_key": generation(),
            "consents": _merge_consents(cursor, gone, kept, by),
            "winner": _complete(kept, gone),
            "links": move_links(IdentityLink.objects.filter(member_id=loser), to=winner),
            "contact_points": move_contact_points(ContactPoint.objects.filter(member_id=loser), to=winner),
            "purchases": _move_purchases(gone, kept),
            "service_events": _move_service_events(loser, winner),
        }
        _move_requests(loser, winner)
        for model in (Need, MemberSession):
            model._default_manager.filter(member_id=loser).delete()
        gone.merged_into = winner
        gone.save(update_fields=["merged_into"])
        return MemberMerge.objects.create(loser_id=loser, winner_id=winner, by=by, reason=reason, moved=moved)


def _lock(loser: int, winner: int) -> tuple[Member, Member]:
    gone, kept = lock_members(loser, winner)
    if gone.merged_into or kept.merged_into:
        raise CannotMerge("one of the two was merged into somebody before; name the member they are now")
    if gone.erased_at or kept.erased_at:
        raise CannotMerge("one of the two was erased")
    return gone, kept


def _merge_consents(cursor: CursorWrapper, gone: Member, kept: Member, by: Employee | None) -> list[int]:
    """The entries by which a yes of the loser came along."""
    cursor.execute(
        load("members", "merge_members/consents"),
        {"loser": gone.pk, "winner": kept.pk, "employee": by.pk if by else None},
    )
    (entries,) = cursor.fetchone()
    return list(entries)


def _complete(kept: Member, gone: Member) -> dict[str, Values]:
    """Fill what the winner lacks; what was there before and what is after."""
    before = values_of(kept)
    same_place = kept.community_id in (None, gone.community_id)
    take_values(
        kept,
        {
            "surname": kept.surname or gone.surname,
            "title": kept.title or gone.title,
            "community_id": kept.community_id or gone.community_id,
            "household": gone.household if same_place and kept.household < 0 < gone.household else kept.household,
            "member_since": min(kept.member_since, gone.member_since).isoformat(),
        },
    )
    return {"before": before, "after": values_of(kept)}


def _move_purchases(gone: Member, kept: Member) -> list[tuple[int, str, str, int]]:
    """(member, system, key, household) as they were: all of the loser's, and those of the winner's old household.

    A purchase behind an unknown door counts for a household of its member alone, so it follows the member.
    """
    moved = []
    for member, alone in ((gone, -gone.pk), (kept, -kept.pk)):
        own = Purchase.objects.filter(member_id=member.pk)
        changed = own if member is gone else own.filter(household=alone).exclude(household=kept.household)
        moved += list(changed.values_list("member_id", "system", "record_key", "household"))
        changed.filter(household=alone).update(household=kept.household)
    Purchase.objects.filter(member_id=gone.pk).update(member_id=kept.pk)
    return moved


def _move_service_events(loser: int, winner: int) -> list[tuple[str, str]]:
    own = ServiceEvent.objects.filter(member_id=loser)
    moved = list(own.values_list("system", "record_key"))
    own.update(member_id=winner)
    return moved


def _move_requests(loser: int, winner: int) -> None:
    """Of two that are open the winner's stays: there can be one."""
    if CommunityRequest.objects.filter(member_id=winner, settled_at=None).exists():
        CommunityRequest.objects.filter(member_id=loser, settled_at=None).delete()
    CommunityRequest.objects.filter(member_id=loser).update(member_id=winner)
