from typing import Any

from django.db import connection, transaction
from django.db.models.functions import Now

from geo.sql import load
from members.errors import CannotMerge
from members.hooks import HOOKS
from members.identity import lock_members, move_contact_points, move_links, moved_as_of_now, take_values, values_of
from members.index_key import steady_hashes
from members.intake import wait_for_imports
from members.models import ContactPoint, IdentityLink, Member, MemberMerge, Purchase, ServiceEvent
from members.vault import encrypt
from salesapp.staff.models import Employee


def undo_merge(*, loser: int, by: Employee | None, reason: str) -> None:
    """Take back that the member was taken for somebody else: what had moved goes back, as far as it is still there.

    What either withdrew is withdrawn of both, for who meant it cannot be told any more; a yes that came along
    leaves the winner again; both keep the longer hold on messages (members.hooks). What arrived since the merge
    stays with the winner, as does what was corrected there. Needs follow with the next scoring. One transaction;
    waits for running imports.

    Raises Member.DoesNotExist, CannotMerge where the member is not merged or the winner was merged on, and NoDataKey.
    """
    encrypt(b"", "")  # no data key: better now than midway
    with transaction.atomic(), steady_hashes(), connection.cursor() as cursor:
        wait_for_imports(cursor)
        merge = MemberMerge.objects.filter(loser_id=loser, undone_at=None).first()
        if merge is None:
            raise CannotMerge("the member is not merged into another one")
        for hook in HOOKS:
            hook.on_split(loser, merge.winner_id)
        restored, kept = lock_members(loser, merge.winner_id)
        if kept.erased_at:
            raise CannotMerge("the member was erased since, and what had moved is gone")
        if kept.merged_into:
            raise CannotMerge("the member it was merged into was merged on; undo that first")
        restored.merged_into = None
        restored.save(update_fields=["merged_into"])
        cursor.execute(
            load("members", "undo_merge/consents"),
            {
                "restored": loser,
                "winner": kept.pk,
                "carried": merge.moved["consents"],
                "employee": by.pk if by else None,
            },
        )
        _give_back(moved_as_of_now(merge.moved), restored, kept)
        MemberMerge.objects.filter(pk=merge.pk).update(undone_at=Now(), undone_by=by, undone_reason=reason)


def _give_back(moved: dict[str, Any], restored: Member, kept: Member) -> None:
    move_links(IdentityLink.objects.filter(member_id=kept.pk, record_id__in=moved["links"]), to=restored.pk)
    addresses = [(channel, bytes.fromhex(bidx)) for channel, bidx in moved["contact_points"]]
    points = [ContactPoint.objects.filter(member_id=kept.pk, channel=c, bidx=b).first() for c, b in addresses]
    move_contact_points(filter(None, points), to=restored.pk)
    for owner, system, key, household in moved["purchases"]:
        purchase = Purchase.objects.filter(member_id=kept.pk, system=system, record_key=key)
        purchase.update(member_id=owner, household=household)
    for system, key in moved["service_events"]:
        event = ServiceEvent.objects.filter(member_id=kept.pk, system=system, record_key=key)
        event.update(member_id=restored.pk)
    now, before, after = values_of(kept), moved["winner"]["before"], moved["winner"]["after"]
    take_values(kept, {column: before[column] for column, value in now.items() if value == after[column]})
