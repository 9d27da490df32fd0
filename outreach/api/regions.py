"""The reader's own part of the region tree."""

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from outreach.queries.visible import map_bounds, visible_regions
from salesapp.staff.access import caller, requires
from salesapp.staff.permissions import Permission


class RegionList(APIView):
    permission_classes = [requires(Permission.SEE_MAP)]

    class Output(serializers.Serializer[dict[str, object]]):
        class Row(serializers.Serializer[dict[str, object]]):
            id = serializers.IntegerField()
            parent = serializers.IntegerField(allow_null=True, help_text="Null for the top of one's own tree.")  # type: ignore[assignment]
            level = serializers.CharField(help_text="country, province, city, district or area.")
            code = serializers.CharField()
            name = serializers.CharField()

        results = Row(many=True)
        bounds = serializers.ListField(
            child=serializers.FloatField(), allow_null=True, min_length=4, max_length=4,
            help_text="West, south, east, north in degrees of the map's own coordinate system.",
        )  # fmt: skip

    @extend_schema(
        responses=Output,
        summary="Own region and everything below",
        examples=[
            OpenApiExample(
                "A district",
                value={
                    "results": [{"id": 3, "parent": None, "level": "district", "code": "990101", "name": "北岸区"}],
                    "bounds": [120.0, 36.2, 120.2, 36.4],
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        employee = caller(request)
        rows = list(visible_regions(employee).order_by("path").values("id", "parent_id", "level", "code", "name"))
        known = {row["id"] for row in rows}
        results = [
            {"id": row["id"], "parent": row["parent_id"] if row["parent_id"] in known else None, "level": row["level"],
             "code": row["code"], "name": row["name"]}
            for row in rows
        ]  # fmt: skip
        return Response({"results": results, "bounds": map_bounds(employee)})
