"""Broadcasts: plan, see, approve, pause, resume, cancel."""

from typing import Any, Protocol

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers, status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.queries.catalogue import category_id
from outreach.actions.approve_broadcast import approve_broadcast
from outreach.actions.cancel_broadcast import cancel_broadcast
from outreach.actions.pause_broadcast import pause_broadcast
from outreach.actions.plan_broadcast import plan_broadcast
from outreach.actions.resume_broadcast import resume_broadcast
from outreach.api.audience import LARGEST_ID, AudienceInput
from outreach.api.channels import ChannelField
from outreach.api.communities import CountOutput
from outreach.api.idempotency import IDEMPOTENCY_KEY, IDEMPOTENCY_PROBLEMS, once
from outreach.models import Broadcast
from outreach.models.broadcast import ATTRIBUTION_DAYS, MOST_HELD_OUT, PRIORITIES
from outreach.queries.broadcast_facts import SHOWN_WITH, broadcast_facts
from outreach.queries.broadcasts import versions_for_broadcasts, visible_broadcasts
from outreach.queries.plan_check import Plan
from salesapp.staff.access import caller, requires
from salesapp.staff.models import Employee
from salesapp.staff.permissions import Permission

MOST_ROWS = 100
EXAMPLE = {
    "id": 4,
    "name": "冰箱换新",
    "state": "running",
    "state_label": "进行中",
    "region": "北岸区",
    "communities": 0,
    "category": "fridge",
    "category_name": "冰箱",
    "min_level": 3,
    "channel": "sms",
    "template": "到店礼",
    "priority": 5,
    "starts_at": "2026-11-23T09:00:00+08:00",
    "ends_at": "2026-11-25T20:00:00+08:00",
    "hold_out_percent": 10,
    "attribution_days": 30,
    "reachable": {"count": 250, "label": "250"},
    "created_by": "梅姐",
    "approved_by": None,
    "results": {
        "total": {"count": 400, "label": "400"},
        "parts": [
            {"part": "queued", "label": "等待中", "members": {"count": 120, "label": "120"}},
            {"part": "delivered", "label": "已送达", "members": {"count": 105, "label": "105"}},
            {"part": "held_out", "label": "对照组", "members": {"count": 25, "label": "25"}},
            {"part": "no_consent", "label": "未同意此渠道", "members": {"count": 150, "label": "150"}},
        ],
        "clicked": {"count": 15, "label": "15"},
        "unsubscribed": {"count": None, "label": "<5"},
        "written_to": {"members": {"count": 105, "label": "105"}, "bought": {"count": 10, "label": "10"}},
        "held_out": {"members": {"count": 10, "label": "10"}, "bought": {"count": None, "label": "<5"}},
        "uplift": None,
        "as_of": "2026-11-23T10:02:00+08:00",
    },
}


class TrialOutput(serializers.Serializer[dict[str, object]]):
    members = CountOutput()
    bought = CountOutput(help_text="In the category, within the days.")


class BroadcastOutput(serializers.Serializer[dict[str, object]]):
    class Results(serializers.Serializer[dict[str, object]]):
        class Part(serializers.Serializer[dict[str, object]]):
            part = serializers.CharField(
                help_text="queued, handed_over, delivered, failed, unknown, held_out, or why not: no_consent, …"
            )
            label = serializers.CharField()  # type: ignore[assignment]
            members = CountOutput()

        class Uplift(serializers.Serializer[dict[str, object]]):
            points = serializers.FloatField(help_text="Percentage points more of those who could be written to.")
            low = serializers.FloatField(help_text="95 % interval.")
            high = serializers.FloatField()

        total = CountOutput()
        parts = Part(many=True, help_text="They add up to the total.")
        clicked = CountOutput()
        unsubscribed = CountOutput()
        written_to = TrialOutput(
            help_text="Where 4 in 5 messages were handed over: who could be reached when it began, less those held out."
        )
        held_out = TrialOutput(help_text="Of the same communities.")
        uplift = Uplift(allow_null=True, help_text="Null while fewer than 5 bought on either side.")
        as_of = serializers.DateTimeField(allow_null=True)

    id = serializers.IntegerField()
    name = serializers.CharField()
    state = serializers.ChoiceField(Broadcast.State.choices)
    state_label = serializers.CharField()
    region = serializers.CharField()
    communities = serializers.IntegerField(help_text="How many were picked; 0: all of the region.")
    category = serializers.CharField()
    category_name = serializers.CharField()
    min_level = serializers.IntegerField()
    channel = ChannelField()
    template = serializers.CharField()
    priority = serializers.IntegerField()
    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    hold_out_percent = serializers.IntegerField()
    attribution_days = serializers.IntegerField()
    reachable = CountOutput(help_text="When it was planned.")
    created_by = serializers.CharField()
    approved_by = serializers.CharField(allow_null=True)
    results = Results(allow_null=True, help_text="Null until a message of it has left.")


def _shown(by: Employee, broadcast_id: int) -> dict[str, Any]:
    broadcast = visible_broadcasts(by).select_related(*SHOWN_WITH).get(pk=broadcast_id)
    return dict(BroadcastOutput(dict(broadcast_facts(broadcast))).data)


class BroadcastList(APIView):
    permission_classes = [requires(Permission.OVERSEE_BROADCASTS)]

    class Input(AudienceInput):
        name = serializers.CharField(max_length=60)
        version = serializers.IntegerField(
            min_value=1, max_value=LARGEST_ID, help_text="Id of an approved marketing template version."
        )
        starts_at = serializers.DateTimeField(required=False, help_text="Default: now.")
        ends_at = serializers.DateTimeField(help_text="Within 14 days. What has not left by then never leaves.")
        hold_out_percent = serializers.IntegerField(min_value=0, max_value=MOST_HELD_OUT, default=10)
        priority = serializers.IntegerField(
            min_value=PRIORITIES[0], max_value=PRIORITIES[1], default=5, help_text="The higher gets the member."
        )
        attribution_days = serializers.IntegerField(
            min_value=ATTRIBUTION_DAYS[0], max_value=ATTRIBUTION_DAYS[1], default=30
        )

    class Output(serializers.Serializer[dict[str, object]]):
        results = BroadcastOutput(many=True)

    @extend_schema(
        responses=Output,
        summary="Broadcasts of one's own region and below, the newest first",
        description=f"The latest {MOST_ROWS}.",
        examples=[OpenApiExample("One", value={"results": [EXAMPLE]}, response_only=True)],
    )
    def get(self, request: Request) -> Response:
        rows = visible_broadcasts(caller(request)).select_related(*SHOWN_WITH).order_by("-pk")[:MOST_ROWS]
        return Response(self.Output({"results": [broadcast_facts(row) for row in rows]}).data)

    @extend_schema(
        request=Input,
        responses={201: BroadcastOutput},
        parameters=[IDEMPOTENCY_KEY],
        summary="Plan a broadcast",
        description="Above a size that an administrator sets it waits for a second person: from now on, or from its"
        " beginning where it has grown above it by then.",
        examples=[
            OpenApiExample(
                "A district, for three days",
                value={
                    "name": "冰箱换新",
                    "category": "fridge",
                    "min_level": 3,
                    "channel": "sms",
                    "version": 7,
                    "ends_at": "2026-11-25T20:00:00+08:00",
                },
                request_only=True,
            ),
            OpenApiExample("Planned", value={**EXAMPLE, "state": "scheduled", "results": None}, response_only=True),
        ],
        extensions={"x-problems": ["not_found", *IDEMPOTENCY_PROBLEMS, "too_many_requests", "limiter_unavailable"]},
    )
    def post(self, request: Request) -> Response:
        by = caller(request)
        if not by.may(Permission.BROADCAST):
            raise PermissionDenied
        form = self.Input(data=request.data)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        plan = Plan(
            name=asked["name"], region_id=asked.get("region"), community_ids=asked["communities"],
            category_id=category_id(asked["category"]), min_level=asked["min_level"], channel=asked["channel"],
            version_id=asked["version"], starts_at=asked.get("starts_at") or timezone.now(), ends_at=asked["ends_at"],
            hold_out_percent=asked["hold_out_percent"], priority=asked["priority"],
            attribution_days=asked["attribution_days"],
        )  # fmt: skip
        answer = once(request, lambda: _shown(by, plan_broadcast(by=by, plan=plan).pk))
        return Response(answer, status=status.HTTP_201_CREATED)


class BroadcastTextList(APIView):
    permission_classes = [requires(Permission.BROADCAST)]

    class Input(serializers.Serializer[dict[str, object]]):
        channel = ChannelField()
        category = serializers.SlugField(help_text="Category code.")

    class Output(serializers.Serializer[dict[str, object]]):
        class Text(serializers.Serializer[Any]):
            version = serializers.IntegerField(source="pk", help_text="What a broadcast is planned with.")
            template = serializers.CharField(source="template.name")
            subject = serializers.CharField(allow_blank=True)
            body = serializers.CharField()

        results = Text(many=True)

    @extend_schema(
        parameters=[Input],
        responses=Output,
        summary="Texts that a broadcast can be planned with",
        examples=[
            OpenApiExample(
                "One",
                value={
                    "results": [
                        {
                            "version": 7,
                            "template": "到店礼",
                            "subject": "",
                            "body": "{brand}{category}到店有礼 {link} 退订{unsubscribe} 拒收请回复R",
                        }
                    ]
                },
                response_only=True,
            )
        ],
        extensions={"x-problems": ["not_found"]},
    )
    def get(self, request: Request) -> Response:
        form = self.Input(data=request.query_params)
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        texts = versions_for_broadcasts(channel=asked["channel"], category_id=category_id(asked["category"]))
        return Response(self.Output({"results": texts}).data)


class BroadcastDetail(APIView):
    permission_classes = [requires(Permission.OVERSEE_BROADCASTS)]

    @extend_schema(
        parameters=[OpenApiParameter("broadcast_id", int, "path")],
        responses=BroadcastOutput,
        summary="A broadcast, its progress and its results",
        examples=[OpenApiExample("Running", value=EXAMPLE, response_only=True)],
    )
    def get(self, request: Request, broadcast_id: int) -> Response:
        return Response(_shown(caller(request), broadcast_id))


class _Move(Protocol):
    __name__: str

    def __call__(self, *, by: Employee, broadcast_id: int) -> Broadcast: ...


def _moving(move: _Move, needed: Permission, summary: str, problems: list[str]) -> type[APIView]:
    """A view that moves one broadcast by a POST without a body and answers with the broadcast."""

    class View(APIView):
        permission_classes = [requires(needed)]

        @extend_schema(
            parameters=[OpenApiParameter("broadcast_id", int, "path")],
            request=None,
            responses=BroadcastOutput,
            summary=summary,
            examples=[OpenApiExample("Afterwards", value=EXAMPLE, response_only=True)],
            extensions={"x-problems": ["wrong_state", *problems]},
        )
        def post(self, request: Request, broadcast_id: int) -> Response:
            move(by=caller(request), broadcast_id=broadcast_id)
            return Response(_shown(caller(request), broadcast_id))

    View.__name__ = View.__qualname__ = move.__name__.title().replace("_", "")
    return View


ApproveBroadcast = _moving(
    approve_broadcast, Permission.OVERSEE_BROADCASTS, "Approve it, as the second person", ["own_broadcast"]
)
PauseBroadcast = _moving(pause_broadcast, Permission.OVERSEE_BROADCASTS, "Nothing of it leaves from now on", [])
ResumeBroadcast = _moving(resume_broadcast, Permission.BROADCAST, "Go on with it", [])
CancelBroadcast = _moving(cancel_broadcast, Permission.OVERSEE_BROADCASTS, "End it; what waits is taken back", [])
