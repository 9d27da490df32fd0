from dataclasses import replace

from django.db import connection, transaction

from geo.sql import load
from outreach.channels.incoming import Receipt
from outreach.message_token import NotAToken, read_token
from outreach.models import Delivery, Message

LONGEST_REFERENCE = 200


def record_receipt(*, provider: str, receipt: Receipt) -> bool:
    """Keep what a provider says became of a message; False, and nothing is changed, for one it does not know.

    Who has a receipt has accepted the message: one whose outcome was unknown is accepted by it, and one that is
    still being sent as well. Nothing gives a month back here; a message that was taken and failed on the way
    keeps it. Any order and any number of receipts leaves the same. A receipt that names the message only by the
    provider's reference waits for the reference to be known. One transaction.
    """
    if len(receipt.reference) > LONGEST_REFERENCE or not receipt.reference.isprintable():
        receipt = replace(receipt, reference="")  # cannot be kept, and no provider of ours has such
    with transaction.atomic():
        pair = _by_name(receipt.name) if receipt.name else _by_reference(provider, receipt.reference)
        if pair is not None:
            return _record(*pair, provider, receipt)
        if receipt.reference and not receipt.name:
            _keep(provider, receipt)
        return False


def _record(member_id: int, no: int, provider: str, receipt: Receipt) -> bool:
    state = Delivery.State.DELIVERED if receipt.delivered else Delivery.State.FAILED
    with connection.cursor() as cursor:
        cursor.execute(load("outreach", "record_delivery"), {"member": member_id, "no": no, "state": state})
        # Changes what is being sent or unknown, nothing else
        cursor.execute(
            "select outreach_accept(%s, %s, %s, %s) from outreach_message"
            " where member_id = %s and no = %s and state in (1, 3)",
            [member_id, no, provider, receipt.reference or None, member_id, no],
        )
    return Delivery.objects.filter(pk=(member_id, no)).exists()


def _by_name(name: str) -> tuple[int, int] | None:
    try:
        return read_token(name)
    except NotAToken:
        return None


def _by_reference(provider: str, reference: str) -> tuple[int, int] | None:
    if not reference:
        return None
    return Message.objects.filter(provider_ref=reference, provider=provider).values_list("member_id", "no").first()


def _keep(provider: str, receipt: Receipt) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            load("outreach", "keep_early_receipt"),
            {"provider": provider, "reference": receipt.reference, "delivered": receipt.delivered},
        )
