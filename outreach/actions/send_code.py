import secrets
import time
from datetime import datetime
from typing import cast

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from members.codes import code_hash, new_code
from members.models import Member, Verification
from members.phone import PhoneNumber
from members.queries.member_of_number import member_of_number
from members.vault import contact_place, decrypt, encrypt
from outreach.actions.take_turns import take_turns
from outreach.channels import channel_for
from outreach.channels.protocol import Outcome, Outgoing
from outreach.models import Channel, Refusal, SentCode
from outreach.queries.code_template import code_template
from outreach.queries.rendering import Facts, Links, render


def send_code(*, verification_id: int) -> Outcome | Refusal:
    """Make a code and hand it to the provider, once; what opens the number takes its seal off.

    The number is opened here for the first time: from now on the row has it under a data key, ready for the member
    that may come. The hand-over is committed before the provider is called, and after an answer in doubt the code is
    not sent again: whoever waits asks for another. Safe to call again. Must not be called inside a transaction.
    Raises NoDataKey.
    """
    row = Verification.objects.filter(pk=verification_id, handed_over_at=None, expires_at__gt=Now()).first()
    if row is None:
        return Refusal.LOST
    version = code_template(row.language)
    if version is None:
        return Refusal.LOST
    address = decrypt(bytes(row.ciphertext), contact_place(row.member_id)).decode()
    if PhoneNumber.parse(address).first_bidx != bytes(row.bidx):
        # Somebody has put another number under this hash
        row.delete()
        return Refusal.LOST
    channel = channel_for(Channel.SMS)
    code = new_code()
    text = render(version, Facts(brand=settings.BRAND, code=code), Links("", ""))
    time.sleep(take_turns(channel=channel, wanted=1))
    member = member_of_number(bytes(row.bidx))
    left_at = _hand_over(row, code, encrypt(address.encode(), contact_place(row.member_id)), member)
    if isinstance(left_at, Refusal):
        return left_at
    message = Outgoing(
        name=secrets.token_urlsafe(16), address=address, subject="", text=text.text,
        provider_code=version.provider_code, parameters=text.parameters, unsubscribe_url="",
        handed_over_at=timezone.now(),
    )  # fmt: skip
    outcome = channel.send(message).outcome
    if member is not None:
        SentCode.objects.filter(member_id=member.pk, handed_over_at=left_at).update(state=outcome)
    return outcome


def _hand_over(row: Verification, code: str, ciphertext: bytes, member: Member | None) -> datetime | Refusal:
    """When it left, or why it does not; with it stands what the number's member, if any, is told on their page."""
    # durable: raises inside an outer transaction, whose commit would come after the call
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        Verification.objects.filter(pk=row.pk).update(ciphertext=ciphertext)
        cursor.execute(
            "select outreach_hand_over_code(%s, %s, %s)",
            [row.pk, code_hash(row.pk, code), settings.SENDING_GENERATION],
        )
        (refusal,) = cursor.fetchone()
        if refusal:
            return Refusal(refusal)
        left_at = cast(datetime, Verification.objects.values_list("handed_over_at", flat=True).get(pk=row.pk))
        if member is not None:
            SentCode.objects.create(member_id=member.pk, handed_over_at=left_at)
    return left_at
