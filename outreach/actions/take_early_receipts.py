from django.db import connection, transaction

from geo.sql import load
from outreach.actions.record_receipt import record_receipt
from outreach.channels.incoming import Receipt
from outreach.message_token import token


def take_early_receipts(*, limit: int = 1000) -> int:
    """Record the receipts that came before their message's reference was kept; gives how many. For the sweep."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(load("outreach", "take_early_receipts"), {"limit": limit})
        # By member, as everybody who locks several of them
        found = sorted(cursor.fetchall())
        for member_id, no, provider, reference, delivered in found:
            record_receipt(provider=provider, receipt=Receipt(delivered, "", token(member_id, no), reference))
    return len(found)
