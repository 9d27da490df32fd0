import json

from django.db import transaction

from members.encrypted_columns import record_place
from members.models import Consent, ContactPoint, IdentityLink
from members.queries.consent_history import consent_history, identities
from members.queries.member_file import Address, HeldRecord, coded
from members.vault import contact_place, decrypt
from outreach.actions.act_for_member import subject_on_record
from outreach.errors import MayNotExport
from outreach.queries.own_file import OwnFile, own_file
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Permission


@transaction.atomic
def export_member(*, by: Employee, member: str, reason: str) -> OwnFile:
    """All that is held of the member of this public id, addresses and what source systems sent opened too.

    In the shape of their own copy. Needs the data keys, so no page can do it. ``by`` is the privacy officer who answers
    the member; on record with ``reason``. Raises MayNotExport, UnknownMember, BeingErased, NoDataKey.
    """
    if not by.may(Permission.ACT_FOR_MEMBER):
        raise MayNotExport
    subject = subject_on_record(by=by, member=member, reason=reason, words="copy: everything")
    file = own_file(subject, first_bidx=None, masked="")
    file["held"]["addresses"] = _addresses(subject.pk)
    file["held"]["records"] = _records(subject.pk)
    for said, entry in zip(file["held"]["said"], consent_history(identities(subject.pk)), strict=True):
        said["evidence"] = dict(entry.evidence)
    return file


def _addresses(member_id: int) -> list[Address]:
    return [
        {
            "channel": coded(Consent.Channel(point.channel)),
            "value": decrypt(bytes(point.ciphertext), contact_place(member_id)).decode(),
        }
        for point in ContactPoint.objects.filter(member_id=member_id).order_by("channel", "bidx")
    ]


def _records(member_id: int) -> list[HeldRecord]:
    links = IdentityLink.objects.filter(member_id=member_id, unlinked_at=None).select_related("record")
    records = sorted((link.record for link in links), key=lambda record: record.received_at, reverse=True)
    return [
        {
            "source": record.system,
            "received_at": record.received_at,
            "content": json.loads(decrypt(bytes(record.payload), record_place(record.system, record.record_key))),
        }
        for record in records
    ]
