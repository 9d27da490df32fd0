"""Where providers tell what became of a message and what a member wrote back."""

from collections.abc import Callable
from functools import partial
from typing import Never

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.actions.take_incoming import take_incoming
from outreach.api import aliyun_callback, wechat_callback
from outreach.api.signed_callback import SignedBody, read_signed
from outreach.channels.incoming import Incoming
from outreach.models import Channel

READERS: dict[str, Callable[[HttpRequest, bytes, str], list[Incoming]]] = {
    "smtp": partial(read_signed, channel=Channel.EMAIL),
    "jpush": partial(read_signed, channel=Channel.PUSH),
    "aliyun": aliyun_callback.read_aliyun,
    "wechat": wechat_callback.read_wechat,
}


class Webhook(APIView):
    """Whoever holds the provider's secret may call; there is no session and no employee."""

    authentication_classes = []
    permission_classes = [AllowAny]

    class Output(serializers.Serializer[dict[str, object]]):
        taken = serializers.IntegerField(help_text="How many changed something; none of a message we do not know.")

    @extend_schema(
        request=SignedBody,
        responses=Output,
        summary="Receipts and replies of a provider",
        description=(
            "Signed with the provider's secret: `X-Timestamp` (Unix seconds, at most five minutes off) and"
            " `X-Signature`, the hex HMAC-SHA-256 of `timestamp.body`. Told twice, late or in another order, it"
            " comes to the same. `aliyun` and `wechat` are called in those providers' own documented form and"
            " answered in it."
        ),
        examples=[
            OpenApiExample(
                "A bounce",
                value={"receipts": [{"name": "q0Ro8zUa1bEw2XkZ5vYt7g", "delivered": False, "code": "5.1.1"}]},
                request_only=True,
            ),
            OpenApiExample("Taken", value={"taken": 1}, response_only=True),
        ],
        extensions={"x-problems": ["bad_signature", "unreadable_body", "too_large"]},
    )
    def post(self, request: Request, provider: str) -> Response | HttpResponse:
        # Refused by its length before it is read, where it is longer than DATA_UPLOAD_MAX_MEMORY_SIZE
        plain: HttpRequest = request._request
        read = READERS.get(provider) or _unknown()
        events = read(plain, plain.body, _secret(provider))
        taken = sum(take_incoming(provider=provider, event=event) for event in events)
        match provider:
            case "aliyun":
                return Response(aliyun_callback.ANSWER)
            case "wechat":
                return HttpResponse(wechat_callback.ANSWER, content_type="text/plain")
            case _:
                return Response({"taken": taken})

    @extend_schema(exclude=True)
    def get(self, request: Request, provider: str) -> HttpResponse:
        """WeChat asks once, when the address is set on the platform."""
        if provider != "wechat":
            _unknown()
        return HttpResponse(wechat_callback.echo(request._request, _secret(provider)), content_type="text/plain")


def _secret(provider: str) -> str:
    return settings.WEBHOOK_SECRETS.get(provider) or _unknown()


def _unknown() -> Never:
    raise Http404
