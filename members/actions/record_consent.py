import json
from collections.abc import Mapping
from datetime import datetime
from typing import cast

from django.db import IntegrityError, connection, transaction

from geo.sql import load
from members.errors import BadConsent, Reworded, UnknownMember
from members.models import ConsentWording
from salesapp.staff.models import Employee

_OTHER_WORDING = "consent_wording_of_its_kind"


def record_consent(
    *,
    member_id: int,
    channel: int,
    purpose: int,
    given: bool,
    source: str,
    said_at: datetime | None = None,
    wording_id: int | None = None,
    fingerprint: str | None = None,
    by: Employee | None = None,
    evidence: Mapping[str, str] = {},
) -> int:
    """Add what the member said to the ledger and to what it comes to; gives the number of the entry.

    The values are those of Consent.Channel, .Purpose and .Source; ``said_at`` is now where it is not given, and
    ``fingerprint`` that of the wording where the member read it on a page. Once this has committed, no message that
    the entry forbids is handed over any more. A yes older than the latest no is kept and changes nothing. A no to
    profiling also hides the member from the counter and the scores. For a member who was merged into another one, it
    is recorded of that one. One transaction.

    Raises UnknownMember, and BadConsent where the ledger has no place for this: a yes by link or reply or to every
    channel at once, a moment in the future, a wording for something else, evidence of another kind; Reworded, which
    is one, where the wording is not what was read.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                load("members", "record_consent"),
                [
                    member_id, channel, purpose, given, source, said_at, wording_id, by.pk if by else None,
                    json.dumps(dict(evidence)),
                ],
            )  # fmt: skip
            (entry,) = cursor.fetchone()
            # From its first use, which is this one at the latest, nobody can change the text any more
            if fingerprint is not None and _fingerprint_now(wording_id or 0) != fingerprint:
                raise Reworded("fingerprint")
    except IntegrityError as error:
        # its text quotes the row
        reason = error.__cause__.diag.constraint_name or ""  # type: ignore[union-attr]
        error_of = Reworded if fingerprint is not None and reason == _OTHER_WORDING else BadConsent
        raise error_of(reason) from None
    if entry is None:
        raise UnknownMember
    return cast(int, entry)


def _fingerprint_now(wording_id: int) -> str | None:
    wording = ConsentWording.objects.filter(pk=wording_id).first()
    return wording.fingerprint if wording else None
