from collections.abc import Mapping, Sequence

from django.db import transaction
from django.utils import timezone

from members.actions.record_consent import record_consent
from members.errors import BeingErased
from members.index_key import steady_hashes
from members.models import Consent, ContactPoint, Member, Verification
from members.own_record import file_own_record
from members.vault import hashes_as_of_now


def register_member(*, verified: Verification, agreed: Sequence[tuple[int, int, str]], objects: bool) -> Member:
    """The member of a number whose code was right: the one who has it, or a new one.

    ``agreed`` are the channels that were ticked, each with the id of the wording beside it and that text's
    fingerprint; nothing is said of the others, so who withdrew on one stays withdrawn there. Surname and title fill
    what is empty, and no import takes them away again. A number that was erased begins anew. One transaction.

    Raises BeingErased, NotSealable, and Reworded where a text is not the one that was read.
    """
    with transaction.atomic(), steady_hashes():
        member = _member_of(verified)
        told = {name: verified.told.get(name, "") for name in ("surname", "title")}
        fills = [name for name, value in told.items() if value and not getattr(member, name)]
        if fills:
            for name in fills:
                setattr(member, name, told[name])
            member.save(update_fields=fills)
        file_own_record(member.pk, told)
        evidence = _evidence(verified)
        for channel, wording_id, fingerprint in agreed:
            _say(member, channel, Consent.Purpose.MARKETING, True, evidence, wording_id, fingerprint)
        if objects:
            _say(member, Consent.Channel.EVERY, Consent.Purpose.PROFILING, False, evidence)
        return member


def _member_of(verified: Verification) -> Member:
    """Of two who register the same number at once, or while it is imported, the second finds the first's member."""
    (bidx,) = hashes_as_of_now([bytes(verified.bidx)], since=1)
    _made, created = ContactPoint.objects.get_or_create(
        channel=ContactPoint.Channel.PHONE,
        bidx=bidx,
        defaults={"member_id": verified.member_id, "ciphertext": bytes(verified.ciphertext)},
    )
    if created:
        return Member.objects.create(
            pk=verified.member_id,
            surname=verified.told.get("surname", ""),
            title=verified.told.get("title", ""),
            household=-verified.member_id,
            member_since=timezone.localdate(),
        )
    member = Member.objects.select_for_update(of=("self",)).get(pk=_made.member_id)
    if member.erased_at:
        raise BeingErased
    return member


def _evidence(verified: Verification) -> Mapping[str, str]:
    evidence = {"form": "join", "ip": str(verified.told.get("ip", ""))}
    if verified.store is not None:
        evidence["store"] = verified.store.code
    return evidence


def _say(
    member: Member,
    channel: int,
    purpose: int,
    given: bool,
    evidence: Mapping[str, str],
    wording_id: int | None = None,
    fingerprint: str | None = None,
) -> None:
    record_consent(
        member_id=member.pk, channel=channel, purpose=purpose, given=given, source=Consent.Source.FORM,
        wording_id=wording_id, fingerprint=fingerprint, evidence=evidence,
    )  # fmt: skip
