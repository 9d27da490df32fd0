"""A map for the admin that needs no other network, and coordinates that come in as two numbers.

GeoDjango's own widget loads its map from elsewhere and takes geometry as text from the browser. Here the
browser sends a longitude and a latitude; the point is built from the two floats, and what is drawn is what
is stored. Boundaries are shown, never taken.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.contrib.gis.geos import GEOSGeometry, Point
from django.core.exceptions import ValidationError
from django.forms.renderers import BaseRenderer
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.html import json_script
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

SHAPES_ID = "admin-map-shapes"  # the element that admin_map.js reads outlines from
COARSE = 0.0003  # degrees, about 30 m: an outline to look at, not to measure by
OF_ITS_WIDTH = 0.001  # coarser where the outline is so wide that this is more

MEDIA = forms.Media(
    css={"all": ["vendor/maplibre-gl.css", "salesapp/admin_map.css"]},
    js=["vendor/maplibre-gl-csp.js", "salesapp/admin_map.js"],
)


class LonLatWidget(forms.Widget):
    """Two number inputs, and a map on which the marker can be dragged."""

    template_name = "admin/lon_lat.html"

    @property
    def media(self) -> forms.Media:
        return MEDIA

    def get_context(self, name: str, value: Any, attrs: Mapping[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, dict(attrs or {}))
        lon, lat = ("", "") if value is None else (value.x, value.y) if isinstance(value, Point) else value
        return context | {"lon": lon, "lat": lat, "worker": static("vendor/maplibre-gl-csp-worker.js")}

    def format_value(self, value: Any) -> Any:
        return value

    def render(
        self, name: str, value: Any, attrs: Mapping[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        return render_to_string(self.template_name, self.get_context(name, value, attrs))

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> tuple[str, str]:
        return data.get(f"{name}_lon", ""), data.get(f"{name}_lat", "")

    def value_omitted_from_data(self, data: Mapping[str, Any], files: Any, name: str) -> bool:
        return f"{name}_lon" not in data and f"{name}_lat" not in data

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_lon" if id_ else id_


class LonLatField(forms.Field):
    """A WGS-84 point made of two numbers in degrees; both empty is none."""

    widget = LonLatWidget

    def __init__(self, **options: Any) -> None:
        for name in ("geom_type", "srid", "max_geom_collections"):  # what a model's geometry column passes along
            options.pop(name, None)
        super().__init__(**options)
        self._lon = forms.FloatField(required=False, min_value=-180, max_value=180)
        self._lat = forms.FloatField(required=False, min_value=-90, max_value=90)

    def to_python(self, value: Sequence[str] | None) -> Point | None:
        lon_text, lat_text = value or ("", "")
        lon, lat = self._lon.clean(lon_text), self._lat.clean(lat_text)
        if (lon is None) != (lat is None):
            raise ValidationError(_("Enter both longitude and latitude, or neither."), code="incomplete")
        return None if lon is None else Point(lon, lat, srid=4326)

    def has_changed(self, initial: Point | None, data: Sequence[str] | None) -> bool:
        try:
            now = self.to_python(data)
        except ValidationError:
            return True
        return (initial and (initial.x, initial.y)) != (now and (now.x, now.y))


def shapes_script(outlines: Mapping[str, GEOSGeometry | None], around: Sequence[GEOSGeometry] = ()) -> SafeString:
    """The outlines by kind ("boundary", "region") as data that the map of this page draws.

    ``around`` are further ones of kind "region".
    """
    drawn = [*(("region", shape) for shape in around), *outlines.items()]
    features = [
        {"type": "Feature", "properties": {"kind": kind}, "geometry": _geojson(shape)} for kind, shape in drawn if shape
    ]
    return json_script({"type": "FeatureCollection", "features": features}, SHAPES_ID)


def outline_map(outlines: Mapping[str, GEOSGeometry | None]) -> SafeString:
    """A map of the outlines alone, nothing to change on it."""
    context = {"shapes": shapes_script(outlines), "worker": static("vendor/maplibre-gl-csp-worker.js")}
    return mark_safe(render_to_string("admin/outline_map.html", context))  # noqa: S308 - a template's own output


def _geojson(shape: GEOSGeometry) -> dict[str, Any]:
    west, _south, east, _north = shape.extent
    coarse = max(COARSE, OF_ITS_WIDTH * (east - west))
    geometry: dict[str, Any] = json.loads(shape.simplify(coarse, preserve_topology=True).geojson)
    return geometry
