"""Messages from the counter that waited on a phone for the network, sealed there."""

import base64
import json

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.actions.write_from_counter import CounterForm, write_from_counter
from outreach.api.idempotency import HEADER, IDEMPOTENCY_KEY, IDEMPOTENCY_PROBLEMS
from outreach.draft_ticket import NotATicket, drafted_at
from outreach.errors import DraftUnreadable
from outreach.phone_owner import phone_owner
from outreach.sealed import SealBroken, open_sealed
from salesapp.staff.access import caller, requires
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Permission

MOST_BYTES = 64 * 1024  # the longest e-mail that the counter writes, several times over


class SealedDraftList(APIView):
    permission_classes = [requires(Permission.WRITE_TO_MEMBER)]

    class Input(serializers.Serializer[dict[str, object]]):
        owner = serializers.CharField(max_length=22, help_text="Of the phone, as its pages name it.")
        sealed = serializers.CharField(max_length=MOST_BYTES, help_text="Base64; as outreach/sealed.py describes it.")

    class Sealed(serializers.Serializer[dict[str, object]]):
        """What is inside: the counter's form."""

        member = serializers.CharField(max_length=22)
        version = serializers.CharField(max_length=20)
        channel = serializers.CharField(max_length=20)
        category = serializers.CharField(max_length=64)
        text = serializers.CharField(allow_blank=True, trim_whitespace=False)
        ticket = serializers.CharField(max_length=100)

    class Output(serializers.Serializer[dict[str, object]]):
        state = serializers.CharField(help_text="sent")

    @extend_schema(
        request=Input,
        responses=Output,
        parameters=[IDEMPOTENCY_KEY],
        summary="Send a message that waited on the phone",
        description=(
            "The key is that of the counter's form: what was sent by the form already is not sent again. 401 where"
            " somebody else is signed in than who wrote it; 410 once it is older than 24 hours. Where the member"
            " may not be written to, as for a message by the API."
        ),
        examples=[
            OpenApiExample(
                "Sealed", value={"owner": "q0Ro8zUa1bEw2XkZ5vYt7g", "sealed": "BGk2…"}, request_only=True
            ),
            OpenApiExample("Sent, now or before", value={"state": "sent"}, response_only=True),
        ],
        extensions={
            "x-problems": [
                *IDEMPOTENCY_PROBLEMS, "draft_expired", "draft_unreadable", "not_writable", "no_need", "not_found",
                "too_many_requests", "limiter_unavailable",
            ]
        },
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        form = self.Input(data=request.data)
        form.is_valid(raise_exception=True)
        by, key = caller(request), request.headers.get(HEADER, "")
        if form.validated_data["owner"] != phone_owner(by):
            raise NotAuthenticated
        fields = self._open(form.validated_data["sealed"], by, key)
        try:
            moment = drafted_at(by, fields["member"], fields.pop("ticket"))
        except NotATicket:
            raise DraftUnreadable from None
        write_from_counter(by=by, key=key, form=CounterForm(**fields), drafted_at=moment)
        return Response({"state": "sent"})

    def _open(self, sealed: str, by: Employee, key: str) -> dict[str, str]:
        try:
            clear = open_sealed(base64.b64decode(sealed, validate=True), owner=phone_owner(by), key=key)
            form = self.Sealed(data=json.loads(clear))
        except (ValueError, RecursionError, SealBroken):
            raise DraftUnreadable from None
        if not form.is_valid():
            raise DraftUnreadable
        fields: dict[str, str] = form.validated_data
        return fields
