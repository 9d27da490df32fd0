"""The broadcast station's count: whom would it reach?"""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.queries.catalogue import category_id
from outreach.actions.allow_asking import allow_asking
from outreach.api.channels import ChannelField
from outreach.api.communities import CountOutput
from outreach.queries.area import MOST_COMMUNITIES, area_of
from outreach.queries.audience_counts import audience_counts
from outreach.queries.audience_facts import audience_facts
from salesapp.staff.access import caller, requires
from salesapp.staff.permissions import Permission

LARGEST_ID = 2**63 - 1


class AudienceInput(serializers.Serializer[dict[str, object]]):
    """Where and whom; the first part of a broadcast too."""

    region = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=LARGEST_ID, help_text="Region id; default: one's own."
    )
    communities = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID),
        required=False,
        default=list,
        max_length=MOST_COMMUNITIES,
        help_text="Only these communities of the region; empty: all.",
    )
    category = serializers.SlugField(help_text="Category code.")
    min_level = serializers.ChoiceField([3, 4], help_text="Least need level.")
    channel = ChannelField()


class AudiencePreview(APIView):
    permission_classes = [requires(Permission.BROADCAST)]

    class Output(serializers.Serializer[dict[str, object]]):
        class Suppressed(serializers.Serializer[dict[str, object]]):
            reason = serializers.CharField(help_text="objects, no_address, no_consent, month_used.")
            label = serializers.CharField()  # type: ignore[assignment]
            members = CountOutput()

        total = CountOutput(help_text="Members with the need: reachable and suppressed together.")
        reachable = CountOutput(help_text="Who could be written to then.")
        suppressed = Suppressed(many=True, help_text="Who cannot, each under the first reason that applies.")
        as_of = serializers.DateTimeField(
            allow_null=True, help_text="When it was counted: once a night, and the same all day."
        )

    @extend_schema(
        request=AudienceInput,
        responses=Output,
        summary="How many can be reached, and how many not and why",
        description=(
            "Counts are multiples of 5 that are right on average, add up exactly, and are the same for every reader"
            " until the next night; differences of areas tell nothing. Who may not be written to when a broadcast"
            " begins is left out then."
        ),
        examples=[
            OpenApiExample(
                "One's own region",
                value={"category": "fridge", "min_level": 3, "channel": "sms"},
                request_only=True,
            ),
            OpenApiExample(
                "The count",
                value={
                    "total": {"count": 400, "label": "400"},
                    "reachable": {"count": 250, "label": "250"},
                    "suppressed": [
                        {"reason": "objects", "label": "反对推算", "members": {"count": None, "label": "<5"}},
                        {"reason": "no_address", "label": "无此渠道地址", "members": {"count": 10, "label": "10"}},
                        {"reason": "no_consent", "label": "未同意此渠道", "members": {"count": 105, "label": "105"}},
                        {"reason": "month_used", "label": "本月已联系", "members": {"count": 35, "label": "35"}},
                    ],
                    "as_of": "2026-11-22T10:10:00+08:00",
                },
                response_only=True,
            ),
        ],
        extensions={"x-problems": ["not_found", "too_many_requests", "limiter_unavailable"]},
    )
    def post(self, request: Request) -> Response:
        form = AudienceInput(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        allow_asking(by=caller(request), about="audience")
        area = area_of(caller(request), region_id=asked.get("region"), community_ids=asked["communities"])
        counts = audience_counts(
            area, category_id=category_id(asked["category"]), min_level=asked["min_level"], channel=asked["channel"]
        )
        return Response(self.Output(dict(audience_facts(counts))).data)
