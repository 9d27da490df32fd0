"""One-to-one messages: send one, and see what became of one's own."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.queries.catalogue import category_id
from outreach.actions.write_to_member import write_to_member
from outreach.api.channels import ChannelField
from outreach.api.idempotency import IDEMPOTENCY_KEY, IDEMPOTENCY_PROBLEMS, once
from outreach.models import Channel
from outreach.queries.own_messages import MOST_ROWS, own_messages
from outreach.wording import MOST_CHARACTERS
from salesapp.staff.access import caller, requires
from salesapp.staff.permissions import Permission


class MessageList(APIView):
    permission_classes = [requires(Permission.WRITE_TO_MEMBER)]

    class Input(serializers.Serializer[dict[str, object]]):
        member = serializers.CharField(max_length=22, help_text="The id that a look-up of the last half hour gave.")
        version = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="As the draft gave it.")
        channel = ChannelField(help_text="The draft's.")
        category = serializers.SlugField(help_text="The draft's.")
        text = serializers.CharField(
            max_length=MOST_CHARACTERS[Channel.EMAIL],
            trim_whitespace=False,
            help_text="The draft's text, edited; the ending as it was.",
        )

    class Page(serializers.Serializer[dict[str, object]]):
        after = serializers.CharField(required=False, max_length=22, help_text="Cursor: `next` of the page before.")
        limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ROWS, default=20)

    class Written(serializers.Serializer[dict[str, object]]):
        message = serializers.CharField(help_text="Opaque; 22 characters.")
        state = serializers.CharField(help_text="claimed: it is on its way.")

    class Output(serializers.Serializer[dict[str, object]]):
        class Message(serializers.Serializer[dict[str, object]]):
            message = serializers.CharField(source="name", help_text="Opaque; 22 characters.")
            at = serializers.DateTimeField()
            channel = ChannelField()
            template = serializers.CharField()
            category = serializers.CharField(allow_blank=True)
            state = serializers.SerializerMethodField(
                help_text="claimed, sending, accepted, unknown, not_sent, cancelled; by receipts delivered or failed"
            )
            label = serializers.CharField(source="state.label")  # type: ignore[assignment]

            def get_state(self, message: Any) -> str:
                return str(message.state.name.lower())

        results = Message(many=True)
        next = serializers.CharField(allow_null=True, help_text="Cursor of the next page; null on the last.")

    @extend_schema(
        request=Input,
        responses={201: Written},
        parameters=[IDEMPOTENCY_KEY],
        summary="Send a message to a member who was just looked up",
        description=(
            "It uses up the member's month. Where the member may not be written to the answer is 409; its code is the"
            " refusal's (month_used, no_consent, no_address, quiet_hours …) and its detail says it in words."
        ),
        examples=[
            OpenApiExample(
                "An edited text",
                value={
                    "member": "q0Ro8zUa1bEw2XkZ5vYt7g",
                    "version": 4,
                    "channel": "sms",
                    "category": "fridge",
                    "text": "孙先生您好，您看的冰箱到货了。{link} 退订{unsubscribe} 拒收请回复R",
                },
                request_only=True,
            ),
            OpenApiExample(
                "On its way", value={"message": "Zk3vB0xQm9uT1sLr8yWcEA", "state": "claimed"}, response_only=True
            ),
        ],
        extensions={
            "x-problems": [
                *IDEMPOTENCY_PROBLEMS, "not_writable", "no_need", "not_found", "too_many_requests",
                "limiter_unavailable",
            ]
        },
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        form = self.Input(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data

        def write() -> dict[str, Any]:
            written = write_to_member(
                by=caller(request),
                member=asked["member"],
                version_id=asked["version"],
                channel=asked["channel"],
                category_id=category_id(asked["category"]),
                text=asked["text"].replace("\r\n", "\n"),
            )
            return {"message": written.name, "state": written.state.name.lower()}

        return Response(once(request, write), status=status.HTTP_201_CREATED)

    @extend_schema(
        parameters=[Page],
        responses=Output,
        summary="One's own messages, the newest first",
        examples=[
            OpenApiExample(
                "The last page",
                value={
                    "results": [
                        {
                            "message": "Zk3vB0xQm9uT1sLr8yWcEA",
                            "at": "2026-11-22T10:15:00+08:00",
                            "channel": "sms",
                            "template": "冰箱换新（短信）",
                            "category": "冰箱",
                            "state": "accepted",
                            "label": "已交付运营商",
                        }
                    ],
                    "next": None,
                },
                response_only=True,
            )
        ],
        extensions={"x-problems": ["bad_cursor"]},
    )
    def get(self, request: Request) -> Response:
        # As a form of a page an empty parameter would count as left out
        form = self.Page(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        messages, following = own_messages(caller(request), **form.validated_data)
        return Response(self.Output({"results": messages, "next": following}).data)
