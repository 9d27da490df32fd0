"""Receipts and replies in our own form, for a gateway in front of providers that document none: e-mail and push.

Headers: X-Timestamp (Unix seconds) and X-Signature, the hex HMAC-SHA-256 of "timestamp.body" under the provider's
secret.
"""

import hmac
import json
import time
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from rest_framework import serializers

from outreach.channels.incoming import Incoming, Receipt, Reply
from outreach.errors import BadSignature, UnreadableBody
from outreach.models import Channel

WINDOW_SECONDS = 300


def is_possible(at: datetime) -> bool:
    """PostgreSQL and Python end elsewhere, and zones move over their edges."""
    return 2000 <= at.year < 2200


class SignedBody(serializers.Serializer[dict[str, Any]]):
    class Receipt(serializers.Serializer[dict[str, Any]]):
        name = serializers.CharField(
            max_length=64, help_text="Ours for the message: of e-mail, Message-ID up to the @."
        )
        delivered = serializers.BooleanField()
        code = serializers.CharField(max_length=64, allow_blank=True, help_text="The provider's own.")

    class Reply(serializers.Serializer[dict[str, Any]]):
        address = serializers.CharField(max_length=320)
        text = serializers.CharField(max_length=10_000, allow_blank=True)
        said_at = serializers.DateTimeField(help_text="When; tells a reply from one told again.")

        def validate_said_at(self, at: datetime) -> datetime:
            if not is_possible(at):
                raise serializers.ValidationError(code="invalid")
            return at

    receipts = Receipt(many=True, default=list)
    replies = Reply(many=True, default=list)


def is_recent(timestamp: str) -> bool:
    return timestamp.isascii() and timestamp.isdecimal() and abs(time.time() - int(timestamp[:12])) <= WINDOW_SECONDS


def read_signed(request: HttpRequest, body: bytes, secret: str, channel: Channel) -> list[Incoming]:
    """Raises BadSignature, UnreadableBody."""
    timestamp = request.headers.get("X-Timestamp", "")
    expected = hmac.digest(secret.encode(), f"{timestamp}.".encode() + body, "sha256").hex()
    # Bytes: compare_digest takes no text beyond ASCII
    if not hmac.compare_digest(expected.encode(), request.headers.get("X-Signature", "").encode()):
        raise BadSignature
    if not is_recent(timestamp):
        raise BadSignature
    try:
        form = SignedBody(data=json.loads(body))
    except (ValueError, RecursionError):
        raise UnreadableBody from None
    form.is_valid(raise_exception=True)
    told: dict[str, list[dict[str, Any]]] = form.validated_data
    return [
        *(Receipt(receipt["delivered"], receipt["code"], name=receipt["name"]) for receipt in told["receipts"]),
        *(Reply(channel, reply["address"], reply["text"], reply["said_at"]) for reply in told["replies"]),
    ]
