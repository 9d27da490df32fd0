"""One-to-one messages: a text to begin with."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.queries.catalogue import categories, category_id
from outreach.actions.draft_message import draft_message
from outreach.api.channels import ChannelField
from outreach.models import Channel
from outreach.refusal_words import in_words
from outreach.wording import MOST_CHARACTERS, MOST_SEGMENTS
from salesapp.staff.access import caller, requires
from salesapp.staff.permissions import Permission


class DraftList(APIView):
    permission_classes = [requires(Permission.WRITE_TO_MEMBER)]

    class Input(serializers.Serializer[dict[str, object]]):
        member = serializers.CharField(max_length=22, help_text="The id that a look-up of the last half hour gave.")
        category = serializers.SlugField(required=False, help_text="One of the member's needs; default: the strongest.")
        channel = ChannelField(required=False, help_text="Default: one on which the member may be written to now.")

    class Output(serializers.Serializer[dict[str, object]]):
        class Option(serializers.Serializer[dict[str, object]]):
            channel = ChannelField()
            name = serializers.CharField()
            refusal = serializers.CharField(allow_null=True, help_text="Why not now; a code.")
            detail = serializers.CharField(allow_null=True, help_text="The same in words.")

        class Limits(serializers.Serializer[dict[str, object]]):
            segments = serializers.IntegerField(allow_null=True, help_text="SMS: segments at most.")
            characters = serializers.IntegerField(allow_null=True, help_text="Other channels: characters at most.")

        class Need(serializers.Serializer[dict[str, object]]):
            code = serializers.CharField()
            name = serializers.CharField()

        category = serializers.CharField(help_text="What the text is about.")
        needs = Need(many=True, help_text="All that it could be about, the strongest need first.")
        channel = ChannelField()
        version = serializers.IntegerField(help_text="The template's version, for sending.")
        subject = serializers.CharField(allow_blank=True)
        text = serializers.CharField(help_text="Whole; {link} and {unsubscribe} stand for links of the message.")
        ending = serializers.CharField(help_text="What the text must end with, unchanged.")
        editable = serializers.BooleanField(help_text="Whether what stands before the ending may be changed.")
        limits = Limits()
        channels = Option(many=True)

    @extend_schema(
        request=Input,
        responses=Output,
        summary="Draft a message to a member who was just looked up",
        description="The text of the template that fits the need best, with what is known of the neighbours.",
        examples=[
            OpenApiExample("For the strongest need", value={"member": "q0Ro8zUa1bEw2XkZ5vYt7g"}, request_only=True),
            OpenApiExample(
                "By SMS",
                value={
                    "category": "fridge",
                    "needs": [{"code": "fridge", "name": "冰箱"}],
                    "channel": "sms",
                    "version": 4,
                    "subject": "",
                    "text": "您好，我是北岸一店的王芳。邻居常选海澄 HC-BC320A。{link} 退订{unsubscribe} 拒收请回复R",
                    "ending": "{link} 退订{unsubscribe} 拒收请回复R",
                    "editable": True,
                    "limits": {"segments": 4, "characters": None},
                    "channels": [
                        {"channel": "sms", "name": "短信", "refusal": None, "detail": None},
                        {
                            "channel": "wechat",
                            "name": "微信",
                            "refusal": "no_consent",
                            "detail": "该会员没有同意接收微信消息。",
                        },
                    ],
                },
                response_only=True,
            ),
        ],
        extensions={
            "x-problems": ["not_found", "no_need", "nothing_to_write", "too_many_requests", "limiter_unavailable"]
        },
    )
    def post(self, request: Request) -> Response:
        form = self.Input(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        draft = draft_message(
            by=caller(request),
            member=asked["member"],
            category_id=category_id(asked["category"]) if "category" in asked else None,
            channel=asked.get("channel"),
        )
        known = categories()
        return Response(
            self.Output(
                {
                    "category": known[draft.category_id].code,
                    "needs": [known[category] for category in draft.needs],
                    "channel": draft.channel,
                    "version": draft.version.pk,
                    "subject": draft.subject,
                    "text": draft.text,
                    "ending": draft.ending,
                    "editable": draft.editable,
                    "limits": {
                        "segments": MOST_SEGMENTS if draft.channel == Channel.SMS else None,
                        "characters": MOST_CHARACTERS.get(draft.channel),
                    },
                    "channels": [
                        {
                            "channel": channel,
                            "name": channel.label,
                            "refusal": refused and refused.refusal,
                            "detail": refused and in_words(refused),
                        }
                        for channel, refused in draft.channels.items()
                    ],
                }
            ).data
        )
