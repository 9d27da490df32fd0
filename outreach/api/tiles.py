"""Vector tiles of the reader's own regions."""

import gzip
from typing import ClassVar

from django.http import HttpResponse, HttpResponseBase, HttpResponseNotModified
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.exceptions import NotFound, PermissionDenied
from rest_framework.request import Request
from rest_framework.views import APIView
from salesapp.staff.access import Requires, employee_of

from members.models import Category
from outreach.api.communities import default_category
from outreach.queries.tiles import MAX_ZOOM, MIN_ZOOM, community_tile, tile_etag
from salesapp.staff.permissions import Permission
from salesapp.staff.queries.scope import region_path_of


class CommunityTile(APIView):
    permission_classes: ClassVar = [Requires(Permission.SEE_MAP)]

    @extend_schema(
        summary="Mapbox Vector Tile of communities",
        description=(
            f"Zoom {MIN_ZOOM} to {MAX_ZOOM}, Web Mercator of the deployment's display system. Up to zoom 10 layers"
            " `districts` (polygons) and `district_labels` (points) with id, name, communities, households, potential,"
            " coverage; from 11 on `communities` (points) with id, name, households, potential, coverage, `districts`"
            " (outlines), from 14 on `outlines`. `potential` is absent when fewer than 5, `coverage` in per cent and"
            " absent when unknown. Where a tile holds more communities than are sent, layer `left_out` says how many."
        ),
        parameters=[
            OpenApiParameter("z", int, "path"),
            OpenApiParameter("x", int, "path"),
            OpenApiParameter("y", int, "path"),
            OpenApiParameter("category", str, "query", description="Category code; default: the first category."),
        ],
        responses={
            (200, "application/vnd.mapbox-vector-tile"): OpenApiTypes.BINARY,
            304: OpenApiResponse(description="The ETag sent is still the tile's."),
        },
    )
    def get(self, request: Request, z: int, x: int, y: int) -> HttpResponseBase:
        path = region_path_of(employee_of(request))
        if path is None:
            raise PermissionDenied
        key = {"path": path, "category": request.query_params.get("category") or default_category()}
        if request.headers.get("If-None-Match") == f'"{tile_etag(**key, z=z, x=x, y=y)}"':
            response: HttpResponseBase = HttpResponseNotModified()
            etag = request.headers["If-None-Match"]
        else:
            try:
                tile = community_tile(**key, z=z, x=x, y=y)
            except Category.DoesNotExist:
                raise NotFound from None
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
        response["Vary"] = "Accept-Encoding, Authorization, Cookie"
        return response
