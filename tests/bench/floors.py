"""What the product's views are measured against: the least that the same stack can do."""

import json
from pathlib import Path

import psycopg
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from members.vault import keyed_hash
from outreach.api.lookups import LookupList
from salesapp.staff.access import requires
from salesapp.staff.permissions import Permission

ONE_MEMBER = """
select m.id, m.surname, m.title, m.member_since from members_contactpoint c join members_member m on m.id = c.member_id
where c.channel = 1 and c.bidx = %s
"""
TILE = (Path(__file__).parent / "tile.sql").read_text()


def driver() -> psycopg.Connection[tuple[object, ...]]:
    """psycopg's own connection under Django's, without Django's cursor around it."""
    connection.ensure_connection()
    found = connection.connection
    assert isinstance(found, psycopg.Connection)
    return found


@csrf_exempt
def raw_look_up(request: HttpRequest) -> HttpResponse:
    phone = json.loads(request.body)["phone"]
    row = driver().execute(ONE_MEMBER, [keyed_hash("phone", f"+86{phone}")], prepare=True).fetchone()
    return JsonResponse({"row": row})


class RawLookUp(APIView):
    """The look-up's own view with nothing on: the input checked, one raw SELECT, the answer rendered."""

    authentication_classes = []
    permission_classes = []

    def post(self, request: Request) -> Response:
        form = LookupList.Input(data=request.data)
        form.is_valid(raise_exception=True)
        phone = form.validated_data["phone"]
        row = driver().execute(ONE_MEMBER, [keyed_hash("phone", f"+86{phone}")], prepare=True).fetchone()
        return Response({"row": row})


class Empty(APIView):
    """Nothing, behind the sign-in and the permission of the map."""

    permission_classes = [requires(Permission.SEE_MAP)]

    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(b"")


def raw_tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    category = int(request.GET["category"])
    row = driver().execute(TILE, {"z": z, "x": x, "y": y, "category": category}, prepare=True).fetchone()
    assert row is not None
    return HttpResponse(row[0], content_type="application/vnd.mapbox-vector-tile")
