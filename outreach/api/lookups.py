"""The counter: who is it, what do they need, what did the neighbours buy."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.actions.look_up_member import look_up_member
from salesapp.staff.access import caller, requires
from salesapp.staff.models import AccessEntry
from salesapp.staff.permissions import Permission


class LookupList(APIView):
    permission_classes = [requires(Permission.LOOK_UP_MEMBER)]

    class Input(serializers.Serializer[dict[str, object]]):
        phone = serializers.CharField(
            max_length=40, help_text="As the customer says it; any usual spelling.", write_only=True
        )
        reason = serializers.ChoiceField(
            AccessEntry.Reason.choices, help_text="Why; kept with the record of this look-up."
        )

    class Output(serializers.Serializer[dict[str, object]]):
        class Member(serializers.Serializer[dict[str, object]]):
            id = serializers.CharField(allow_null=True, help_text="Opaque; 22 characters.")
            title = serializers.CharField(allow_null=True, help_text="Surname and title.")
            phone = serializers.CharField(help_text="What was typed, masked.")
            since = serializers.CharField(allow_null=True, help_text="Member since: year and month.")

        class Need(serializers.Serializer[dict[str, object]]):
            category = serializers.CharField()
            name = serializers.CharField()
            level = serializers.IntegerField(min_value=1, max_value=4)
            label = serializers.CharField()  # type: ignore[assignment]
            reasons = serializers.ListField(child=serializers.CharField())

        class Owned(serializers.Serializer[dict[str, object]]):
            category = serializers.CharField()
            name = serializers.CharField()
            model = serializers.CharField()
            year = serializers.IntegerField()

        class Neighbours(serializers.Serializer[dict[str, object]]):
            class Model(serializers.Serializer[dict[str, object]]):
                model = serializers.CharField()
                brand = serializers.CharField()
                name = serializers.CharField()
                level = serializers.CharField(
                    help_text="Where 5 or more households bought it: community, district, city, country."
                )

            category = serializers.CharField()
            name = serializers.CharField()
            models = Model(many=True)

        class AsOf(serializers.Serializer[dict[str, object]]):
            needs = serializers.DateTimeField(allow_null=True)
            neighbours = serializers.DateTimeField(allow_null=True)

        found = serializers.BooleanField()
        member = Member()
        needs = Need(many=True)
        owns = Owned(many=True)
        activity = serializers.CharField(allow_null=True, help_text="active, quiet or dormant.")
        neighbours = Neighbours(many=True)
        say = serializers.CharField(
            allow_null=True, help_text="What to begin with, of the strongest need; null where none is worth it."
        )
        as_of = AsOf()

    @extend_schema(
        request=Input,
        responses=Output,
        summary="Look a member up by phone number",
        description=(
            "Every look-up is recorded with its reason and counted against the employee's limits. `found` false says"
            " that there is nothing to show: no member, an erased one, or one who refused profiling; which of these"
            " is not told."
        ),
        examples=[
            OpenApiExample("At the counter", value={"phone": "154 0000 1234", "reason": "counter"}, request_only=True),
            OpenApiExample(
                "A member",
                value={
                    "found": True,
                    "member": {
                        "id": "q0Ro8zUa1bEw2XkZ5vYt7g",
                        "title": "孙先生",
                        "phone": "154****1234",
                        "since": "2015-03",
                    },
                    "needs": [
                        {
                            "category": "fridge",
                            "name": "冰箱",
                            "level": 3,
                            "label": "较强",
                            "reasons": ["冰箱已用 11 年"],
                        }
                    ],
                    "owns": [{"category": "fridge", "name": "冰箱", "model": "HC-318", "year": 2015}],
                    "activity": "quiet",
                    "neighbours": [
                        {
                            "category": "fridge",
                            "name": "冰箱",
                            "models": [{"model": "HC-420", "brand": "海澄", "name": "HC-420 型", "level": "community"}],
                        }
                    ],
                    "say": "您家的冰箱用了 11 年了。同小区的邻居常选海澄 HC-420，我带您看看？",
                    "as_of": {"needs": "2026-11-22T02:30:00+08:00", "neighbours": "2026-11-22T02:35:00+08:00"},
                },
                response_only=True,
            ),
        ],
        extensions={"x-problems": ["not_a_phone_number", "look_ups_held", "too_many_requests", "limiter_unavailable"]},
    )
    def post(self, request: Request) -> Response:
        form = self.Input(data=request.data)
        form.is_valid(raise_exception=True)
        return Response(look_up_member(by=caller(request), **form.validated_data))
