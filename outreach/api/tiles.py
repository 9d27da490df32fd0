"""Vector tiles of the reader's own regions."""

import gzip

from django.http import HttpResponse, HttpResponseBase, HttpResponseNotModified
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.views import APIView

from members.queries.catalogue import default_category
from outreach.phone_owner import KEPT_FOR, phone_owner
from outreach.queries.tiles import (
    ALL_NAMED_FROM,
    LAST_ZOOM_OF_DISTRICTS,
    LAST_ZOOM_OF_ONE_DISTRICT,
    MAX_ZOOM,
    MIN_ZOOM,
    NAMED,
    TileKey,
    community_tile,
)
from salesapp.staff.access import caller, requires
from salesapp.staff.permissions import Permission
from salesapp.staff.queries.scope import region_path_of


class CommunityTile(APIView):
    permission_classes = [requires(Permission.SEE_MAP)]

    @extend_schema(
        summary="Mapbox Vector Tile of communities",
        description=(
            f"Zoom {MIN_ZOOM} to {MAX_ZOOM}, Web Mercator of the deployment's display system. Up to zoom"
            f" {LAST_ZOOM_OF_DISTRICTS} ({LAST_ZOOM_OF_ONE_DISTRICT} for readers of one district) layers"
            " `districts` (polygons) and `district_labels` (points) with id, name, communities, households, potential,"
            " coverage; closer `communities` (points) with id, name, households, potential, coverage, `districts`"
            f" (outlines), from 14 on `outlines`. Below zoom {ALL_NAMED_FROM} only the {NAMED} strongest communities of"
            " a tile have `name` and `households`. `potential` is absent when fewer than 5, `coverage` in per cent and"
            " absent when unknown. Where a tile holds more communities than are sent, layer `left_out` says how many."
        ),
        parameters=[
            OpenApiParameter("z", int, "path"),
            OpenApiParameter("x", int, "path"),
            OpenApiParameter("y", int, "path"),
            OpenApiParameter("category", str, "query", description="Category code; default: the first category."),
        ],
        extensions={"x-problems": ["tile_out_of_range"]},
        responses={
            (200, "application/vnd.mapbox-vector-tile"): OpenApiTypes.BINARY,
            304: OpenApiResponse(description="The ETag sent is still the tile's."),
        },
    )
    def get(self, request: Request, z: int, x: int, y: int) -> HttpResponseBase:
        path = region_path_of(caller(request))
        if path is None:
            raise PermissionDenied
        key = TileKey(path, request.query_params.get("category") or default_category(), z, x, y)
        if request.headers.get("If-None-Match") == f'"{key.etag()}"':
            response: HttpResponseBase = HttpResponseNotModified()
            etag = request.headers["If-None-Match"]
        else:
            tile = community_tile(key)
            plain = "gzip" not in request.headers.get("Accept-Encoding", "")
            response = HttpResponse(
                gzip.decompress(tile.content) if plain else tile.content,
                content_type="application/vnd.mapbox-vector-tile",
            )
            if not plain:
                response["Content-Encoding"] = "gzip"
            etag = f'"{tile.etag}"'
        response["ETag"] = etag
        # Kept by this reader's browser alone, and asked for again with the ETag each time
        response["Cache-Control"] = "private, no-cache"
        response[KEPT_FOR] = phone_owner(caller(request))
        response["Vary"] = "Accept-Encoding, Authorization, Cookie"
        return response
