"""What a member says of themselves: records of a source of their own, so that no import takes it away.

Imports believe a record while it is the only one of a person, and of several fill what is empty.
"""

import json

from django.db.models.functions import Now

from members.index_key import steady_hashes
from members.intake import OWN_SYSTEM
from members.models import IdentityLink, SourceRecord
from members.public_id import public_id
from members.queries.sealing import sealed
from members.vault import keyed_hash


def file_own_record(member_id: int, told: dict[str, str], *, about: str = "") -> None:
    """Keep what they said, sealed, and that it is theirs; inside a transaction. Raises NotSealable.

    A later word ``about`` the same takes the place of the earlier one, which the web could not open to add to it.
    """
    key = f"{public_id(member_id)}:{about}" if about else public_id(member_id)
    clear = json.dumps(told, ensure_ascii=False, sort_keys=True)
    with steady_hashes():
        record, _ = SourceRecord.objects.update_or_create(
            system=OWN_SYSTEM,
            record_key=key,
            defaults={
                "received_at": Now(),
                "digest": keyed_hash("source_record", clear),
                "payload": sealed(clear.encode(), f"{OWN_SYSTEM}:{key}:source_record.payload"),
            },
        )
    if not IdentityLink.objects.filter(record=record, member_id=member_id, unlinked_at=None).exists():
        IdentityLink.objects.create(
            member_id=member_id, record=record, score=1.0, reason=IdentityLink.Reason.SAME_PHONE
        )
