"""Who is signed in, and what they may do."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from geo.models import Region
from salesapp.staff.access import caller
from salesapp.staff.models import Employee
from salesapp.staff.permissions import PERMISSIONS, Permission, Role


class Me(APIView):
    permission_classes = (IsAuthenticated,)

    class Output(serializers.Serializer[Employee]):
        class RegionOutput(serializers.Serializer[Region]):
            id = serializers.IntegerField()
            name = serializers.CharField()
            level = serializers.ChoiceField(choices=Region.Level.choices)

        class StoreOutput(serializers.Serializer[Any]):
            id = serializers.IntegerField()
            code = serializers.CharField()
            name = serializers.CharField()

        employee_no = serializers.CharField()
        name = serializers.CharField()
        role = serializers.ChoiceField(choices=Role.choices)
        role_name = serializers.CharField(source="get_role_display", help_text="In the reader's language")
        permissions = serializers.SerializerMethodField()
        region = RegionOutput(allow_null=True, help_text="What the employee sees: this region and below")
        store = StoreOutput(allow_null=True)

        def get_permissions(self, employee: Employee) -> list[Permission]:
            return sorted(PERMISSIONS[employee.role])

    @extend_schema(
        summary="Who am I",
        description="The signed-in employee: role, permissions, region and store.",
        responses=Output,
        examples=[
            OpenApiExample(
                "alice",
                {
                    "employee_no": "alice",
                    "name": "Alice",
                    "role": "salesperson",
                    "role_name": "销售",
                    "permissions": ["look_up_member", "see_map"],
                    "region": {"id": 3, "name": "北岸区", "level": "district"},
                    "store": {"id": 1, "code": "N1", "name": "北岸一店"},
                },
                response_only=True,
            )
        ],
    )
    def get(self, request: Request) -> Response:
        return Response(self.Output(caller(request)).data)
