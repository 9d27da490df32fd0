from datetime import datetime

from django.conf import settings
from django.db import connection

from outreach.models import Channel, Refusal


def claim_service_message(
    *, member_id: int, channel: Channel, version_id: int, sender_id: int | None = None, until: datetime | None = None
) -> int | Refusal:
    """The number of a service message (a delivery time, a repair), or why there is none.

    It asks for no marketing consent, does not use up the month and may leave at night. That the version is one
    of a service template is asserted in the database, which raises IntegrityError otherwise.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select no, refusal from outreach_claim_service(%s, %s::smallint, %s, %s::bigint, %s, %s::timestamptz)",
            [member_id, channel, version_id, sender_id, settings.SENDING_GENERATION, until],
        )
        no, refusal = cursor.fetchone()
    return Refusal(refusal) if refusal else int(no)
