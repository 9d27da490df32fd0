"""Communities of the reader's regions with their protected figures."""

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.queries.catalogue import default_category
from outreach.queries.community_facts import community_facts
from outreach.queries.community_list import MOST_ROWS, community_list, figures_as_of
from salesapp.staff.access import caller, requires
from salesapp.staff.permissions import Permission


class CountOutput(serializers.Serializer[dict[str, object]]):
    count = serializers.IntegerField(allow_null=True, help_text="A multiple of 5; null when fewer than 5.")
    label = serializers.CharField(help_text='As shown: "35", or "<5".')  # type: ignore[assignment]


class CommunityList(APIView):
    permission_classes = [requires(Permission.SEE_MAP)]

    class Input(serializers.Serializer[dict[str, object]]):
        region = serializers.IntegerField(
            required=False, min_value=1, max_value=2**31 - 1, help_text="Region id; default: all of one's own."
        )
        category = serializers.SlugField(required=False, help_text="Category code; default: the first category.")
        after = serializers.CharField(required=False, max_length=60, help_text="Cursor: `next` of the page before.")
        limit = serializers.IntegerField(required=False, min_value=1, max_value=MOST_ROWS, default=50)

    class Output(serializers.Serializer[dict[str, object]]):
        class Row(serializers.Serializer[dict[str, object]]):
            id = serializers.IntegerField()
            name = serializers.CharField()
            region = serializers.CharField(help_text="Name of the smallest region that holds it.")
            households = serializers.IntegerField(allow_null=True)
            potential_buyers = CountOutput(help_text="Members with need level 3 or 4.")
            owning_households = CountOutput(help_text="Households that bought in the category.")
            coverage = serializers.IntegerField(allow_null=True, help_text="Owning households per cent of all.")

        category = serializers.CharField()
        results = Row(many=True)
        next = serializers.CharField(allow_null=True, help_text="Cursor of the next page; null on the last.")
        as_of = serializers.DateTimeField(allow_null=True, help_text="When the figures were computed.")

    @extend_schema(
        parameters=[Input],
        responses=Output,
        summary="Communities, most potential buyers first",
        examples=[
            OpenApiExample(
                "The last page",
                value={
                    "category": "fridge",
                    "results": [
                        {
                            "id": 17,
                            "name": "枫林家园",
                            "region": "北岸区",
                            "households": 1000,
                            "potential_buyers": {"count": 35, "label": "35"},
                            "owning_households": {"count": None, "label": "<5"},
                            "coverage": None,
                        }
                    ],
                    "next": None,
                    "as_of": "2026-11-22T02:30:00+08:00",
                },
                response_only=True,
            )
        ],
        extensions={"x-problems": ["bad_cursor", "not_found"]},
    )
    def get(self, request: Request) -> Response:
        # As a form of a page an empty parameter would count as left out
        form = self.Input(data=request.query_params.dict())
        form.is_valid(raise_exception=True)
        asked = form.validated_data
        category = asked.get("category") or default_category()
        rows, following = community_list(
            caller(request),
            category=category,
            region_id=asked.get("region"),
            after=asked.get("after"),
            limit=asked["limit"],
        )
        return Response({"category": category, "results": rows, "next": following, "as_of": figures_as_of()})


class CommunityDetail(APIView):
    permission_classes = [requires(Permission.SEE_MAP)]

    class Output(serializers.Serializer[dict[str, object]]):
        class Figures(serializers.Serializer[dict[str, object]]):
            category = serializers.CharField()
            name = serializers.CharField()
            potential_buyers = CountOutput()
            owning_households = CountOutput()
            coverage = serializers.IntegerField(allow_null=True, help_text="Per cent.")

        id = serializers.IntegerField()
        name = serializers.CharField()
        region = serializers.CharField()
        address = serializers.CharField()
        households = serializers.IntegerField(allow_null=True)
        buildings = serializers.IntegerField(allow_null=True)
        build_year = serializers.IntegerField(allow_null=True)
        price_tier = serializers.IntegerField(allow_null=True, help_text="1 low to 5 high.")
        figures = Figures(many=True)
        as_of = serializers.DateTimeField(allow_null=True)

    @extend_schema(
        parameters=[OpenApiParameter("community_id", int, "path")],
        responses=Output,
        summary="Facts and figures of one community",
        examples=[
            OpenApiExample(
                "枫林家园",
                value={
                    "id": 17,
                    "name": "枫林家园",
                    "region": "北岸区",
                    "address": "柳荫路 8 号",
                    "households": 1000,
                    "buildings": 24,
                    "build_year": 2004,
                    "price_tier": 3,
                    "figures": [
                        {
                            "category": "fridge",
                            "name": "冰箱",
                            "potential_buyers": {"count": 35, "label": "35"},
                            "owning_households": {"count": 120, "label": "120"},
                            "coverage": 12,
                        }
                    ],
                    "as_of": "2026-11-22T02:30:00+08:00",
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request, community_id: int) -> Response:
        return Response(community_facts(caller(request), community_id))
