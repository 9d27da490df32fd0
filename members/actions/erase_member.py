from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from geo.sql import load
from members.hooks import HOOKS
from members.identity import lock_members
from members.index_key import steady_hashes
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
    SourceRecord,
    Tombstone,
    Verification,
)
from members.queries.consent_history import identities
from members.queries.traces import records_of, traces
from members.vault import hashes_as_of_now


def erase_member(*, member_id: int) -> None:
    """Delete what is held of a person, of all members who were merged into them too, and see that it stays away.

    Addresses, records, purchases, service events, needs, requests and sessions go, other apps do their part first
    (members.hooks), and each address and record leaves a tombstone. The member's row stays without anything of the
    person, as do the entries of the ledgers, less network addresses: they say what was done with a number that leads
    nowhere. What was noted about a merge goes, so it cannot be undone. Who looked the person up stays in the log of
    look-ups.

    One transaction; waits for running imports. Safe to call again. Needs the rights of the tables' owner. Raises
    Member.DoesNotExist.
    """
    with transaction.atomic(), steady_hashes(), connection.cursor() as cursor:
        wait_for_imports(cursor)
        ids = identities(member_id)
        for hook in HOOKS:
            for each in ids:
                hook.on_erase(each)
        lock_members(*ids)
        Member.objects.filter(pk__in=ids).update(
            erased_at=Coalesce("erased_at", Now()), surname="", title="", community=None, household=-F("pk"),
            member_since=timezone.localdate(),
        )  # fmt: skip
        _bury(ids)
        _forget(ids)
        cursor.execute(load("members", "erase_member/strike_out_evidence"), {"members": ids})


def _bury(ids: Sequence[int]) -> None:
    """A tombstone for each address and each record that imports may bring again; of two erasures the later counts.

    It has the time of this act by the database's clock, after which nobody is written to there for a month (the
    contact promise), and not that of the request, which whoever asks for an erasure sets.
    """
    hashes = traces(ids)
    Tombstone.objects.bulk_create(
        [Tombstone(bidx=bidx, erased_at=Now()) for bidx in sorted(hashes)],
        update_conflicts=True, unique_fields=["bidx"], update_fields=["erased_at"],
    )  # fmt: skip
    # Those of the last hours, by their first hash
    waiting = Verification.objects.values_list("pk", "bidx")
    theirs = [pk for pk, first in waiting if hashes_as_of_now([bytes(first)], since=1)[0] in hashes]
    Verification.objects.filter(pk__in=theirs).delete()
    ContactPoint.objects.filter(member_id__in=ids).delete()


def _forget(ids: Sequence[int]) -> None:
    links = IdentityLink.objects.filter(member_id__in=ids)
    records = records_of(ids)
    links.delete()
    IdentityLink.objects.filter(record_id__in=records).delete()
    SourceRecord.objects.filter(pk__in=records).delete()
    for model in (Purchase, ServiceEvent, Need, MemberSession, CommunityRequest):
        model._default_manager.filter(member_id__in=ids).delete()
    for side in ("loser_id__in", "winner_id__in"):
        MemberMerge.objects.filter(**{side: ids}).update(moved={}, reason="", undone_reason="")
